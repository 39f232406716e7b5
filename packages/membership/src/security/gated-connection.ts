// A connection on which nothing is read beyond the peer's hello until that has been found good.
import type { Breach, Connection, ConnectionHandlers } from '../shell/connection.ts'
import type { HelloFault } from '../shell/hello-fault.ts'
import { isHello, withToken } from './hello-token.ts'
import type { Credential } from './protection.ts'

/** What becomes of the peer's hello. */
export interface HelloWatcher {
  /** The first frame has come. */
  came(frame: Uint8Array): void
  /** The peer broke a rule while nobody else listens. */
  breach(breach: Breach, detail: string): void
  /** It has ended while nobody else listens. */
  ended(): void
}

/**
 * Most that is kept of what came in one piece with the hello, each frame counting for 64 bytes more than it has. One read
 * of a socket gives at most 64 KiB; another is not made.
 */
const MAX_HELD_BYTES = 512 * 1024
const FRAME_BYTES = 64

export class GatedConnection implements Connection {
  readonly remote: string
  readonly #inner: Connection
  readonly #watcher: HelloWatcher
  #handlers: ConnectionHandlers | undefined
  #state: 'waiting' | 'held' | 'passed' | 'refused' = 'waiting'
  #held: Uint8Array[] = []
  #heldBytes = 0
  #token: string | undefined

  constructor(inner: Connection, watcher: HelloWatcher) {
    this.remote = inner.remote
    this.#inner = inner
    this.#watcher = watcher
    inner.start({
      frame: (bytes) => this.#onFrame(bytes),
      breach: (breach, detail) => (this.#handlers ?? watcher).breach(breach, detail),
      closed: (code) => {
        if (this.#handlers === undefined) watcher.ended()
        else this.#handlers.closed(code)
      },
    })
  }

  get credential(): Credential | undefined {
    return this.#inner.credential
  }

  get isOpen(): boolean {
    return this.#inner.isOpen
  }

  get bufferedAmount(): number {
    return this.#inner.bufferedAmount
  }

  get bytesWritten(): number {
    return this.#inner.bytesWritten
  }

  get bytesRead(): number {
    return this.#inner.bytesRead
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
  }

  /** The token that the hello of this side shall carry. */
  show(token: string): void {
    this.#token = token
  }

  /** Its first hello goes with the token; a later one on the same link speaks for the same member. */
  send(frame: Uint8Array): void {
    const token = this.#token
    if (token === undefined || !isHello(frame)) {
      this.#inner.send(frame)
      return
    }
    this.#token = undefined
    this.#inner.send(withToken(frame, token))
  }

  /** Whoever listens is told that the peer's hello is bad. */
  refuse(fault: HelloFault, detail: string): void {
    ;(this.#handlers ?? this.#watcher).breach(fault, detail)
  }

  close(code: number, reason: string): void {
    this.#drop()
    this.#inner.close(code, reason)
  }

  pause(): void {
    this.#inner.pause()
  }

  resume(): void {
    this.#inner.resume()
  }

  terminate(): void {
    this.#drop()
    this.#inner.terminate()
  }

  /** The hello is good: it and what came with it is handed on, and reading goes on. */
  pass(): void {
    if (this.#state !== 'held') return
    this.#state = 'passed'
    this.#inner.resume()
    for (const frame of this.#held.splice(0)) this.#handlers?.frame(frame)
  }

  #onFrame(frame: Uint8Array): void {
    if (this.#state === 'passed') this.#handlers?.frame(frame)
    if (this.#state !== 'waiting' && this.#state !== 'held') return
    const isFirst = this.#state === 'waiting'
    this.#state = 'held'
    this.#held.push(frame)
    this.#heldBytes += frame.length + FRAME_BYTES
    if (this.#heldBytes > MAX_HELD_BYTES) {
      this.refuse('bad-hello', 'too much came with the hello')
    } else if (isFirst) {
      this.#inner.pause()
      this.#watcher.came(frame)
    }
  }

  /** Reads on, for the end of the connection is read as well. */
  #drop(): void {
    if (this.#state === 'passed') return
    this.#state = 'refused'
    this.#held = []
    this.#inner.resume()
  }
}
