// What the simulated processes speak: every message becomes bytes and is read from bytes again, as between real ones.
import type { DecodedFrame, Message } from '@rollcall/membership/internal'

/** Messages to frames and back. */
export interface SimCodec {
  /** The frames of a message, in order. */
  encodeFrames(message: Message): Uint8Array[]
  decodeFrame(frame: Uint8Array): DecodedFrame
}

/** Remembers the last message encoded: news goes to many links at once as one object. */
export function rememberLast(codec: SimCodec): SimCodec {
  let last: Message | undefined
  let frames: Uint8Array[] = []
  return {
    encodeFrames(message) {
      if (message !== last) {
        frames = codec.encodeFrames(message)
        last = message
      }
      return frames
    },
    decodeFrame: (frame) => codec.decodeFrame(frame),
  }
}
