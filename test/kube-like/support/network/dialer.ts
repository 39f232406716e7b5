// Opens TCP connections from inside a network namespace, for a process outside of it. A helper process lives there,
// connects, and hands over the socket: it goes on belonging to the namespace, whoever holds it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type ClientRequestArgs } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { endsWithUs, type NetworkNamespace } from './network-namespace.ts'

const program = fileURLToPath(new URL('dialer-process.mjs', import.meta.url))

type Answer = { readonly id: number; readonly error?: { readonly code: string; readonly message: string } }
type Settle = (error: Error | undefined, socket?: Socket) => void

export class Dialer {
  readonly #helper: ChildProcess
  readonly #waiting = new Map<number, Settle>()
  #lastId = 0

  private constructor(helper: ChildProcess) {
    this.#helper = helper
    helper.on('message', ({ id, error }: Answer, socket) => {
      const settle = this.#waiting.get(id)
      this.#waiting.delete(id)
      settle?.(
        error && Object.assign(new Error(error.message), { code: error.code }),
        socket as Socket | undefined,
      )
    })
    helper.once('exit', () => {
      for (const settle of this.#waiting.values()) settle(new Error('the network is closed'))
    })
  }

  static async start(namespace: NetworkNamespace): Promise<Dialer> {
    const [command = '', ...args] = [...endsWithUs, ...namespace.enter, process.execPath, program]
    const { NODE_OPTIONS: _, ...env } = process.env
    const helper = spawn(command, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env,
      detached: true,
    })
    const ended = once(helper, 'exit').then(() => Promise.reject(new Error(`${program} ended at its start`)))
    await Promise.race([once(helper, 'message'), ended])
    ended.catch(() => {})
    return new Dialer(helper)
  }

  /** Connects, or rejects with the code of the system (`ECONNREFUSED`, `EHOSTUNREACH`), or `ETIMEDOUT`. */
  connect(host: string, port: number, timeoutMs: number): Promise<Socket> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (error, socket) => {
        if (socket === undefined) reject(error ?? new Error(`no connection to ${host}:${port}`))
        else resolve(socket)
      })
      if (this.#helper.connected) this.#helper.send({ id, host, port, timeoutMs })
      else reject(new Error('the network is closed'))
    })
  }

  /** For `node:http`: requests go out from the namespace. */
  agent({ keepAlive = true, connectTimeoutMs = 1000 } = {}): Agent {
    const dial = (options: ClientRequestArgs) =>
      this.connect(String(options.host), Number(options.port), connectTimeoutMs)
    class DialerAgent extends Agent {
      override createConnection(
        options: ClientRequestArgs,
        callback?: (error: Error | null, stream: Duplex) => void,
      ): undefined {
        dial(options).then(
          (socket) => callback?.(null, socket),
          (error) => callback?.(error, undefined as never),
        )
      }
    }
    return new DialerAgent({ keepAlive })
  }

  close(): void {
    this.#helper.kill('SIGKILL')
  }
}
