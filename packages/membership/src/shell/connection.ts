// What a link needs of the connection below it: frames in, frames out, and its end. In production a WebSocket
// (websocket-connection.ts); a simulation has its own.
import type { Credential } from '../security/protection.ts'
import type { HelloFault } from './hello-fault.ts'

/** What a connection tells. Nothing is told after `closed`. */
export interface ConnectionHandlers {
  /** A binary frame. */
  frame(bytes: Uint8Array): void
  /** The peer broke the rules below the frames. What breaks WebSocket's own has ended it: the close frame has been sent. */
  breach(breach: Breach, detail: string): void
  /** It has ended; `code` is that of the close frame, undefined when there was none. Told once. */
  closed(code: number | undefined): void
}

/** How a peer can break the WebSocket protocol, or our use of it. */
export type Breach = 'text-frame' | 'too-large' | 'websocket-error' | HelloFault

/** An open connection to a peer. */
export interface Connection {
  /** Where it comes from or goes to, for logs. */
  readonly remote: string
  /** What both ends have shown each other; undefined where they are not secured. */
  readonly credential?: Credential | undefined
  /** Whether frames can be sent: not once either side has begun to close. */
  readonly isOpen: boolean
  /** Bytes that were sent and that the kernel has not taken yet. */
  readonly bufferedAmount: number
  /** Bytes of the whole connection so far, those of TLS included. */
  readonly bytesWritten: number
  readonly bytesRead: number
  /** Says who is told. To be called in the same turn in which the connection was opened. */
  start(handlers: ConnectionHandlers): void
  /** Queues a binary frame; dropped unless open. */
  send(frame: Uint8Array): void
  /**
   * Sends a close frame after what is queued, and keeps reading until the socket closes, for at most a second. Without
   * effect unless open. The reason is at most 123 bytes of UTF-8.
   */
  close(code: number, reason: string): void
  /** Reads nothing more until `resume`, except what has been read already; its end may be told late. */
  pause(): void
  resume(): void
  /** Ends it without a word to the other side. */
  terminate(): void
}
