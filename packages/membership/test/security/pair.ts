// Two ends of a connection in memory: what one sends the other gets a turn later, unless that one has paused.
import type { Connection, ConnectionHandlers } from '../../src/shell/connection.ts'

export class MemoryEnd implements Connection {
  readonly remote: string
  isOpen = true
  isPaused = false
  bufferedAmount = 0
  bytesWritten = 0
  bytesRead = 0
  /** The frames that have been read from it. */
  readonly read: Uint8Array[] = []
  /** How it was closed. */
  closedWith: { code: number; reason: string } | undefined
  peer!: MemoryEnd
  #handlers: ConnectionHandlers | undefined
  #arrived: Uint8Array[] = []
  #end: { code: number | undefined } | undefined

  constructor(remote: string) {
    this.remote = remote
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
  }

  send(frame: Uint8Array): void {
    if (!this.isOpen) return
    this.bytesWritten += frame.length
    this.peer.arrive(frame)
  }

  /** What is sent in one go is read in one go, whatever is paused meanwhile. */
  sendTogether(...frames: Uint8Array[]): void {
    setImmediate(() => {
      for (const frame of frames) this.peer.#give(frame)
    })
  }

  arrive(frame: Uint8Array): void {
    this.#arrived.push(frame)
    setImmediate(() => this.#flush())
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    setImmediate(() => this.#flush())
  }

  close(code: number, reason: string): void {
    if (!this.isOpen) return
    this.closedWith = { code, reason }
    this.#endBoth(code)
  }

  terminate(): void {
    this.#endBoth(undefined)
  }

  #endBoth(code: number | undefined): void {
    for (const end of [this, this.peer]) {
      end.isOpen = false
      end.#end ??= { code }
      setImmediate(() => end.#flush())
    }
  }

  #give(frame: Uint8Array): void {
    this.read.push(frame)
    this.#handlers?.frame(frame)
  }

  #flush(): void {
    while (!this.isPaused && this.#arrived.length > 0) this.#give(this.#arrived.shift() as Uint8Array)
    if (this.isPaused || this.#end === undefined) return
    const { code } = this.#end
    const handlers = this.#handlers
    this.#handlers = undefined
    handlers?.closed(code)
  }
}

/** The end that dialed 10.0.0.2, and the one that was dialed by 10.0.0.1. */
export function pair(): [MemoryEnd, MemoryEnd] {
  const ends: [MemoryEnd, MemoryEnd] = [new MemoryEnd('10.0.0.2'), new MemoryEnd('::ffff:10.0.0.1')]
  ends[0].peer = ends[1]
  ends[1].peer = ends[0]
  return ends
}
