// What the core wants done. Outputs are performed in order, all of them before the next input.
import type { CoreEvent } from './event.ts'
import type { Address, Life } from './identity.ts'
import type { LinkId } from './input.ts'
import type { Message } from './message.ts'

export type Output =
  /**
   * Open a WebSocket. Answered by dial-connected, then link-opened, or by dial-failed. An unanswered SYN is given up
   * after `connectTimeoutMs`; once connected the dial stays open until it answers or `abandon` is asked for.
   */
  | {
      readonly type: 'dial'
      readonly link: LinkId
      readonly address: Address
      readonly connectTimeoutMs: number
    }
  /** Send a frame on an open link; dropped when the link has just closed. */
  | { readonly type: 'send'; readonly link: LinkId; readonly message: Message }
  /**
   * Close a link with a close frame, or give up a dial. What was sent before is delivered first. The link-closed
   * (or dial-failed) input still follows.
   */
  | { readonly type: 'close'; readonly link: LinkId; readonly code: number; readonly reason: string }
  /** Read everything that has arrived by now, then give `drained`. */
  | { readonly type: 'drain' }
  /** The peer of an open link is known: messages of the application that come on it are from this life. */
  | { readonly type: 'linked'; readonly link: LinkId; readonly peer: Life }
  /** Messages of the application to this life go over another link from now on; undefined: over none. */
  | { readonly type: 'route'; readonly peer: Life; readonly link: LinkId | undefined }
  /** Tell the application. The view in the core has already changed. */
  | { readonly type: 'event'; readonly event: CoreEvent }
  /** A line for the log, at most one a minute per kind and peer. */
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn'
      readonly kind: string
      readonly peer: string
      readonly text: string
    }
  /** The core has stopped: it left, or was superseded. Close everything; no further input is read. */
  | { readonly type: 'stopped'; readonly reason: 'left' | 'superseded' }
