// Makes connects to a port hang, as when the network is cut: a SYN that nobody answers. Node accepts everything on a
// port it listens on, so the port is handed to a thread that listens with the shortest queue and then sleeps; once
// the queue is full the kernel ignores further SYNs, and clients meet TCP's own retries and time-outs.

import type { Socket } from 'node:net'
import { createConnection } from 'node:net'
import { Worker } from 'node:worker_threads'
import type { Endpoint } from './options.ts'

// States of the shared cell. The side that must act next is the one that is not waiting.
const READY = 1
const TAKE = 2
const TAKEN = 3
const FAILED = 4
const RELEASE = 5
const RELEASED = 6

// A string, since a worker cannot load TypeScript; it warms up `listen` so that taking the port is quick.
const WORKER = `
const { workerData } = require('node:worker_threads')
const { createServer } = require('node:net')
const cell = new Int32Array(workerData.shared)
const { host } = workerData
const say = (state) => { Atomics.store(cell, 0, state); Atomics.notify(cell, 0) }
const failed = () => say(${FAILED})
const warm = createServer().on('error', failed)
warm.listen({ host, port: 0 }, () => warm.close(() => {
  say(${READY})
  require('node:worker_threads').parentPort.postMessage('ready')
  Atomics.wait(cell, 0, ${READY})
  const server = createServer().on('error', failed)
  server.listen({ host, port: cell[1], backlog: 1 }, () => {
    say(${TAKEN})
    Atomics.wait(cell, 0, ${TAKEN})
    server.close()
    say(${RELEASED})
  })
}))
`

// A queue of length 1 takes two connections on Linux; the third is for systems that count otherwise.
const FILLERS = 3
const QUEUE_HOLDS = 2
const FILL_PATIENCE_MS = 250
const SWAP_PATIENCE_MS = 1000

/** A thread that can take a port over and let nobody in. Used for one cut, then thrown away. */
export class Parking {
  readonly #host: string
  readonly #worker: Worker
  readonly #cell: Int32Array
  readonly #ready: Promise<void>
  #fillers: Socket[] = []
  #stopped = false

  /** Starts the thread; the port is named only when it is taken. */
  constructor(host: string) {
    const shared = new SharedArrayBuffer(8)
    this.#host = host
    this.#cell = new Int32Array(shared)
    this.#worker = new Worker(WORKER, { eval: true, workerData: { shared, host } })
    this.#worker.unref()
    this.#ready = new Promise((resolve, reject) => {
      this.#worker.once('message', () => resolve())
      this.#worker.once('error', reject)
      this.#worker.once('exit', () => resolve())
    })
  }

  /** Resolves when the thread can take a port over without delay. */
  ready(): Promise<void> {
    // The thread must be able to finish starting even when nothing else keeps the process alive.
    this.#worker.ref()
    return this.#ready.finally(() => this.#worker.unref())
  }

  /**
   * Takes over a port that the caller has closed this instant; the caller's thread waits (well under a millisecond).
   * False if the port cannot be had.
   */
  take(port: number): boolean {
    this.#cell[1] = port
    return this.#swap(READY, TAKE) === TAKEN
  }

  /** Fills the queue, so that whoever dials from now on gets no answer. Resolves when it is full. */
  async fill(port: number): Promise<void> {
    const endpoint: Endpoint = { host: this.#host, port }
    const connected: Promise<void>[] = []
    for (let i = 0; i < FILLERS; i++) {
      const filler = createConnection(endpoint)
      filler.unref()
      filler.on('error', () => filler.destroy())
      this.#fillers.push(filler)
      connected.push(new Promise((resolve) => filler.once('connect', resolve)))
    }
    const enough = countdown(connected, QUEUE_HOLDS)
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FILL_PATIENCE_MS)
    })
    await Promise.race([enough, patience])
    clearTimeout(timer)
  }

  /** Gives the port back at once and ends the thread; resolves when it has ended. */
  async release(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    for (const filler of this.#fillers) filler.destroy()
    if (Atomics.load(this.#cell, 0) === TAKEN) this.#swap(TAKEN, RELEASE)
    await this.#worker.terminate()
  }

  /** Lets the thread go from one state and waits until it has reached the next. */
  #swap(from: number, to: number): number {
    if (Atomics.compareExchange(this.#cell, 0, from, to) !== from) return FAILED
    Atomics.notify(this.#cell, 0)
    Atomics.wait(this.#cell, 0, to, SWAP_PATIENCE_MS)
    return Atomics.load(this.#cell, 0)
  }
}

/** Resolves when `count` of the promises have. */
function countdown(promises: Promise<void>[], count: number): Promise<void> {
  let left = count
  return new Promise((resolve) => {
    for (const promise of promises) {
      void promise.then(() => {
        left -= 1
        if (left === 0) resolve()
      })
    }
  })
}
