// The demo's handle of one pod process.
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Order, type PodConfig, type Report, type Routes, SECRET_VARIABLE } from '../reports.ts'

// As this file: compiled, or TypeScript under a loader, which Node's fork() hands on.
const program = fileURLToPath(new URL(`../pod${extname(import.meta.url)}`, import.meta.url))
const KEPT_ERROR_BYTES = 4096

/** How a pod ended. */
export interface PodExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The end of what it wrote to standard error. */
  readonly errors: string
}

/** A running pod. */
export class PodProcess {
  readonly pid: number
  /** Resolves when the process is gone. */
  readonly exited: Promise<PodExit>
  readonly #child: ChildProcess

  /** Starts a pod that has the secret of the cluster. `onReport` gets all it says, in order. */
  constructor(config: PodConfig, secret: string, onReport: (report: Report) => void) {
    const child = fork(program, [JSON.stringify(config)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, [SECRET_VARIABLE]: secret },
    })
    if (child.pid === undefined) throw new Error(`the process of ${config.name} could not be started`)
    this.#child = child
    this.pid = child.pid
    let errors = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-KEPT_ERROR_BYTES)
    })
    child.on('message', (report) => onReport(report as Report))
    // A channel that breaks belongs to a process that ends; `exit` tells.
    child.on('error', () => {})
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal, errors }))
    })
  }

  /** Sends it a signal; without effect once it has ended. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** Tells it which proxies to dial from now on. */
  routesChanged(routes: Routes): void {
    const order: Order = { type: 'routes', routes }
    if (this.#child.connected) this.#child.send(order, () => {})
  }
}
