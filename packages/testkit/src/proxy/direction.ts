// One direction of one proxied connection: what was read from the source waits here until the faults in force let
// it go on to the target. Ends and resets are queued like bytes, so they never overtake them and are cut like them.
import type { Socket } from 'node:net'
import type { Delay } from './faults.ts'
import { dueAt, nextRetransmissionAt } from './faults.ts'

/** What a direction is told from outside, read afresh at every step. */
export interface DirectionControl {
  /** The delay in force for this direction. */
  delay(): Delay | undefined
  /** True while nothing may pass. */
  blocked(): boolean
  /** Source of randomness in [0, 1). */
  readonly random: () => number
  /** Called with the size of each chunk passed on. */
  passed(bytes: number): void
  /** Called when the source has ended or broken; that is passed on only when the promise resolves. */
  beforeEnd(): Promise<void>
}

type Passage = { type: 'data'; chunk: Buffer } | { type: 'end' } | { type: 'reset' }
type Item = Passage & { arrivedMs: number; dueMs: number }

// Enough for 100 ms at 80 Mbit/s; beyond it the source is not read and TCP slows the sender down.
const LONGEST_QUEUE_BYTES = 1024 * 1024
// While blocked a little is read all the same: when the first byte came decides when TCP would send it again.
const LONGEST_BLOCKED_QUEUE_BYTES = 64 * 1024

/** Moves bytes from one socket to another, in order, under the faults in force. */
export class Direction {
  readonly #source: Socket
  readonly #target: Socket
  readonly #control: DirectionControl
  readonly #queue: Item[] = []
  #queuedBytes = 0
  #lastDueMs = 0
  #resumeAtMs = 0
  #blockedAtMs = 0
  #timer: NodeJS.Timeout | undefined
  #awaitingDrain = false
  #sourceOver = false
  #broken = false
  #stopped = false

  /** Starts reading the source at once; writing waits for `pump`. */
  constructor(source: Socket, target: Socket, control: DirectionControl) {
    this.#source = source
    this.#target = target
    this.#control = control
    source.on('data', (chunk: Buffer) => this.#push({ type: 'data', chunk }))
    source.on('end', () => this.#sourceDone('end'))
    source.on('error', () => this.#sourceDone('reset'))
    source.on('close', () => this.#sourceOver || this.#sourceDone('reset'))
  }

  /** True once the source has ended or broken, whether or not that was passed on. */
  get sourceOver(): boolean {
    return this.#sourceOver
  }

  /** To be called when a fault begins: remembers the time for what is already waiting. */
  block(): void {
    this.#blockedAtMs = performance.now()
    this.#stopTimer()
    this.#setReading()
  }

  /** To be called when a fault ends. With `backoff`, what got stuck waits for TCP's next retransmission. */
  unblock(backoff: boolean): void {
    const first = this.#queue[0]
    const now = performance.now()
    this.#resumeAtMs =
      backoff && first ? nextRetransmissionAt(Math.max(first.arrivedMs, this.#blockedAtMs), now) : now
    this.pump()
  }

  /** Passes on whatever may go now and arranges to be called for the rest. */
  pump(): void {
    this.#stopTimer()
    let item = this.#queue[0]
    while (item && this.#mayPass(item)) {
      this.#queue.shift()
      this.#pass(item)
      item = this.#queue[0]
    }
    this.#setReading()
  }

  /** Forgets what is queued and never acts again. */
  stop(): void {
    this.#stopTimer()
    this.#queue.length = 0
    this.#stopped = true
  }

  #push(what: Passage): void {
    const now = performance.now()
    this.#lastDueMs = dueAt(this.#control.delay(), now, this.#lastDueMs, this.#control.random)
    this.#queue.push({ ...what, arrivedMs: now, dueMs: this.#lastDueMs })
    if (what.type === 'data') this.#queuedBytes += what.chunk.length
    this.pump()
  }

  /** A source may end in order and break later (a write to it met a reset), so both can be passed on. */
  #sourceDone(type: 'end' | 'reset'): void {
    if (this.#stopped || (type === 'reset' && this.#broken)) return
    this.#sourceOver = true
    this.#broken ||= type === 'reset'
    void this.#control.beforeEnd().then(() => {
      if (!this.#stopped) this.#push({ type })
    })
  }

  #mayPass(item: Item): boolean {
    if (this.#control.blocked() || isUnconnected(this.#target)) return false
    const waitMs = Math.max(item.dueMs, this.#resumeAtMs) - performance.now()
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.pump(), Math.ceil(waitMs))
      return false
    }
    if (item.type === 'reset' || !this.#target.writableNeedDrain || this.#target.destroyed) return true
    this.#waitForDrain()
    return false
  }

  #pass(item: Item): void {
    if (item.type === 'reset') {
      reset(this.#target)
      return
    }
    if (item.type === 'end') {
      this.#target.end()
      return
    }
    this.#queuedBytes -= item.chunk.length
    if (!this.#target.writable) return
    this.#target.write(item.chunk)
    this.#control.passed(item.chunk.length)
  }

  #waitForDrain(): void {
    if (this.#awaitingDrain) return
    this.#awaitingDrain = true
    this.#target.once('drain', () => {
      this.#awaitingDrain = false
      this.pump()
    })
  }

  #setReading(): void {
    const limit = this.#control.blocked() ? LONGEST_BLOCKED_QUEUE_BYTES : LONGEST_QUEUE_BYTES
    if (this.#queuedBytes >= limit) this.#source.pause()
    else this.#source.resume()
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** True before a connection is there; a socket that is gone already counts as connected, it takes what comes. */
function isUnconnected(socket: Socket): boolean {
  return socket.pending && !socket.destroyed
}

/** Ends a socket with RST where the system still allows it (a pending shutdown rules it out). */
export function reset(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.connecting || (socket.writableEnded && !socket.writableFinished)) socket.destroy()
  else socket.resetAndDestroy()
}
