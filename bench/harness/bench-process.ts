// A process that is measured or helps to measure: started as plain `node`, spoken to over IPC, and ended with us.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

type Incoming = { id?: number; type: string; answer?: unknown; text?: string; atMs?: number; server?: string }

const READY_TIMEOUT_MS = 30_000
const ANSWER_TIMEOUT_MS = 30_000

/** Whatever still runs when the driver ends is ended with it. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A running program of `processes/`. */
export class BenchProcess {
  /** What it said when it was ready. */
  readonly ready: Promise<Incoming>
  readonly exited: Promise<unknown>
  readonly #child: ChildProcess
  readonly #answers = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>()
  readonly #met = new Map<number, (atMs: number) => void>()
  readonly #errorOutput: string[] = []
  #lastId = 0

  /** @param prefix the command that runs `node`, such as `ip netns exec NAME`; may be empty */
  constructor(program: string, args: readonly string[], prefix: readonly string[]) {
    const path = fileURLToPath(new URL(`../processes/${program}`, import.meta.url))
    const [command = '', ...rest] = [...prefix, process.execPath, path, ...args]
    // tsx runs this driver only: its options must not reach what is measured.
    const { NODE_OPTIONS: _, ...env } = process.env
    const child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'], env })
    this.#child = child
    running.add(child)
    child.stderr?.on('data', (chunk) => this.#errorOutput.push(String(chunk)))
    this.exited = once(child, 'exit').finally(() => running.delete(child))
    this.ready = new Promise((resolve, reject) => {
      const fail = (what: string) => reject(new Error(`${program} ${what}\n${this.#errorOutput.join('')}`))
      const timer = setTimeout(() => fail('was not ready in time'), READY_TIMEOUT_MS)
      child.on('message', (message: Incoming) => {
        if (message.type === 'ready') {
          clearTimeout(timer)
          resolve(message)
        } else this.#receive(message)
      })
      child.once('error', (error) => fail(String(error)))
      this.exited.then(() => {
        clearTimeout(timer)
        for (const waiting of this.#answers.values()) waiting.reject(this.#ended())
        fail('ended early')
      })
    })
    this.ready.catch(() => {}) // whoever awaits it gets the error
  }

  /** Asks and waits for the answer. Rejects with the text of the other side's error, or if the process ends. */
  request<T>(type: string, rest: object = {}, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
    return this.#ask(++this.#lastId, type, rest, timeoutMs)
  }

  /** Sets a watch. Resolves when it is set, with a promise of the time at which its condition was met. */
  async watch(condition: object): Promise<{ met: Promise<number> }> {
    const id = ++this.#lastId
    const met = new Promise<number>((resolve) => this.#met.set(id, resolve))
    await this.#ask(id, 'watch', { condition }, ANSWER_TIMEOUT_MS)
    return { met }
  }

  /** Sends a signal, at once. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Ends it with SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }

  #ask<T>(id: number, type: string, rest: object, timeoutMs: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (!this.#child.connected) {
        reject(this.#ended())
        return
      }
      const timer = setTimeout(() => {
        this.#answers.delete(id)
        reject(new Error(`no answer to ${type}`))
      }, timeoutMs)
      const done = () => clearTimeout(timer)
      this.#answers.set(id, {
        resolve: (answer) => {
          done()
          resolve(answer)
        },
        reject: (error) => {
          done()
          reject(error)
        },
      })
      this.#child.send({ ...rest, id, type })
    })
  }

  #receive({ id = 0, type, answer, text, atMs = 0 }: Incoming): void {
    if (type === 'met') {
      this.#met.get(id)?.(atMs)
      this.#met.delete(id)
      return
    }
    const waiting = this.#answers.get(id)
    this.#answers.delete(id)
    if (type === 'answer') waiting?.resolve(answer as never)
    else waiting?.reject(new Error(text))
  }

  #ended(): Error {
    return new Error(`a process ended while it was needed\n${this.#errorOutput.join('')}`)
  }
}
