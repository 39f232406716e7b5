// Processes that play plans side by side. A run is one long computation, so that each needs a process of its own; and
// one that dies (out of memory, say) takes no more with it than its own run.
import { type ChildProcess, fork } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Job, JobResult } from './work.ts'

/** A worker ended in the middle of its work. */
export class WorkerLostError extends Error {}

/** A fixed number of workers; each is started when first needed. */
export class WorkerPool {
  readonly size: number
  readonly #idle: ChildProcess[] = []
  readonly #all = new Set<ChildProcess>()
  #isStopped = false

  constructor(size: number) {
    this.size = size
  }

  /** Has a piece of work done. The caller keeps to `size` at a time. */
  do(job: Job): Promise<JobResult> {
    const worker = this.#idle.pop() ?? this.#start()
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null, signal: string | null) => {
        worker.off('message', onMessage)
        reject(new WorkerLostError(`The process that ran it ended with ${signal ?? `code ${code}`}`))
      }
      const onMessage = (result: JobResult) => {
        worker.off('exit', onExit)
        this.#idle.push(worker)
        resolve(result)
      }
      worker.once('exit', onExit)
      worker.once('message', onMessage)
      worker.send(job, (error) => {
        if (error !== null) worker.kill('SIGKILL')
      })
    })
  }

  /** Does `each` for every item, as many at a time as there are workers. */
  async forEach<T>(items: Iterable<T>, each: (item: T) => Promise<void>): Promise<void> {
    // Shared by all, so that each takes the next one.
    const rest = items[Symbol.iterator]()
    const take = async () => {
      for (let next = rest.next(); !next.done && !this.#isStopped; next = rest.next()) await each(next.value)
    }
    await Promise.all(Array.from({ length: this.size }, take))
  }

  /** Ends all workers at once; what they were at fails, and nothing more is begun. */
  stop(): void {
    this.#isStopped = true
    for (const worker of this.#all) worker.kill('SIGKILL')
  }

  #start(): ChildProcess {
    const program = fileURLToPath(new URL(`./worker${extname(import.meta.url)}`, import.meta.url))
    // Plans hold undefined and Infinity, which JSON does not.
    const worker = fork(program, { serialization: 'advanced' })
    this.#all.add(worker)
    worker.once('exit', () => this.#all.delete(worker))
    return worker
  }
}
