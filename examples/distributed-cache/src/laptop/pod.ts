// One pod as a process. It has a session of its own, so that Ctrl-C reaches the program that has started it only.
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

// As this file: compiled, or TypeScript under a loader, which fork() hands on.
const program = fileURLToPath(new URL(`./child${extname(import.meta.url)}`, import.meta.url))

export interface PodPlace {
  readonly name: string
  readonly peerPort: number
  readonly respPort: number
  readonly httpPort: number
}

export interface PodEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Whether it has been ready before. */
  readonly wasReady: boolean
}

export class Pod {
  readonly place: PodPlace
  readonly pid: number | undefined
  readonly ready: Promise<void>
  readonly ended: Promise<PodEnd>
  readonly #child: ChildProcess

  /** @param say is given each line it prints */
  constructor(place: PodPlace, env: Readonly<Record<string, string>>, say: (line: string) => void) {
    this.place = place
    const { name, peerPort, respPort, httpPort } = place
    const ports = { PORT: String(peerPort), RESP_PORT: String(respPort), HTTP_PORT: String(httpPort) }
    const child = fork(program, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
      env: { ...process.env, ...env, ...ports, POD_NAME: name },
    })
    this.#child = child
    this.pid = child.pid
    let wasReady = false
    const lines = [child.stdout, child.stderr].map((input) =>
      createInterface({ input: input as NodeJS.ReadableStream }),
    )
    this.ready = new Promise((resolve) => {
      for (const reader of lines) {
        reader.on('line', (line) => {
          say(line)
          if (line !== `${name} is ready`) return
          wasReady = true
          resolve()
        })
      }
    })
    // One that could not be started has no end of its own.
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        say(`${name}: ${error.message}`)
        if (child.pid === undefined) resolve({ code: 1, signal: null, wasReady })
      })
      child.once('close', (code, signal) => resolve({ code, signal, wasReady }))
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}
