// Knows whether the upstream listens. One connection to it is held open and never used: it ends the moment the
// process dies, which makes us dial again at once, and only the answer to that dial (accepted or refused) counts.
// A slow poll finds an upstream that closed its listener but lives on, a fast one finds it back again.
import { Socket } from 'node:net'
import type { ResolvedProxyOptions } from './options.ts'

// A dial to a frozen process or a lost host gets no answer. That is not a refusal, so the state stays as it was.
const NO_ANSWER_MS = 250
const POLL_RATIO_WHILE_UP = 20

// The kernel closes a dead process's sockets one by one, the listener often last. So a dial that was accepted counts
// only if it is still open a moment later; else it is repeated, a few times at most, since some upstreams end idle
// connections by themselves.
const CONFIRM_MS = 10
const CONFIRM_TRIES = 3
const SOON_ENDS = 3

/** What a dial met; a dial is `broken` when the listener closed on it before it was through. */
type Answer = { type: 'accepted' | 'broken'; socket: Socket } | { type: 'refused' } | { type: 'unanswered' }

/** Watches one upstream and says when it begins or stops to listen. */
export class UpstreamWatch {
  /** Whether the upstream accepted the last dial that it answered; undefined before the first answer. */
  listening: boolean | undefined
  /** System code of the last dial's error, undefined after a dial that was accepted or not answered. */
  problem: string | undefined
  readonly #options: ResolvedProxyOptions
  readonly #changed: (listening: boolean) => void
  readonly #dials = new Set<Socket>()
  #held: Socket | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #soonEnds = 0
  #stopped = false

  /** `changed` is called synchronously when an answer differs from the one before. */
  constructor(options: ResolvedProxyOptions, changed: (listening: boolean) => void) {
    this.#options = options
    this.#changed = changed
  }

  /** Dials the upstream; resolves when an attempt that began after this call has been answered and acted upon. */
  check(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    if (!this.#running) {
      this.#running = this.#ask().finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    // The attempt under way may have been accepted just before the upstream died: it proves nothing about now.
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.check()
    })
    return this.#next
  }

  /** Closes everything; no call back comes afterwards. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    for (const socket of this.#dials) socket.destroy()
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer)
    let answer = await this.#dial()
    for (let tries = 1; this.listening && tries < CONFIRM_TRIES; tries++) {
      if (answer.type !== 'accepted' && answer.type !== 'broken') break
      if (await staysOpen(answer.socket, CONFIRM_MS)) break
      answer = await this.#dial()
    }
    if (answer.type === 'accepted') this.#hold(answer.socket)
    if (answer.type === 'accepted' || answer.type === 'refused') this.#answered(answer.type === 'accepted')
    this.#pollLater()
  }

  #dial(): Promise<Answer> {
    const { upstream, connectFrom } = this.#options
    const socket = new Socket()
    this.#dials.add(socket)
    this.problem = undefined
    return new Promise((resolve) => {
      const patience = setTimeout(() => socket.destroy(), NO_ANSWER_MS)
      socket.on('connect', () => {
        clearTimeout(patience)
        socket.resume()
        resolve({ type: 'accepted', socket })
      })
      socket.on('error', (error: NodeJS.ErrnoException) => {
        this.problem = error.code
        if (error.code === 'ECONNREFUSED') resolve({ type: 'refused' })
        if (error.code === 'ECONNRESET') resolve({ type: 'broken', socket })
      })
      socket.on('close', () => {
        clearTimeout(patience)
        this.#dials.delete(socket)
        resolve({ type: 'unanswered' })
      })
      socket.connect({ ...upstream, ...(connectFrom && { localAddress: connectFrom }) })
    })
  }

  /** Keeps the connection as the one whose end tells of the upstream's, unless there is one already. */
  #hold(socket: Socket): void {
    if (this.#held || this.#stopped || socket.destroyed) {
      socket.destroy()
      return
    }
    this.#held = socket
    const heldSinceMs = performance.now()
    socket.on('close', () => {
      this.#held = undefined
      // An upstream that ends idle connections at once would otherwise be dialed in a tight loop.
      const soon = performance.now() - heldSinceMs < this.#options.pollMs
      this.#soonEnds = soon ? this.#soonEnds + 1 : 0
      if (this.#soonEnds < SOON_ENDS) void this.check()
      else this.#pollLater()
    })
  }

  #answered(listening: boolean): void {
    if (this.#stopped || this.listening === listening) return
    this.listening = listening
    this.#changed(listening)
  }

  #pollLater(): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    const steady = this.listening && this.#held
    this.#timer = setTimeout(
      () => void this.check(),
      this.#options.pollMs * (steady ? POLL_RATIO_WHILE_UP : 1),
    )
  }
}

/** Resolves with false as soon as the socket closes, with true if it has not by then. */
function staysOpen(socket: Socket, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve(false)
      return
    }
    const closed = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      socket.off('close', closed)
      resolve(true)
    }, ms)
    socket.once('close', closed)
  })
}
