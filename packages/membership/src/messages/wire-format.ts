// How messages of the application look on a link, version 1: the numbers, and the sizes. docs/protocol.md says it in words.

/** First byte of every frame here. MessagePack never begins with it, so the frames of the protocol are told apart at once. */
export const MARK = 0xc1

/** Second byte: what kind of frame it is. Never reused; frames of other kinds are ignored. */
export const FrameKind = {
  /** u32 number of the frame in its epoch, then items. */
  items: 1,
  /** u32 epoch: what follows on this link belongs to it. Without one, a link is in epoch 1. */
  epoch: 2,
  /** u32 bytes of frames of items on this link that were taken so far, modulo 2^32. */
  ack: 3,
} as const

/** Bytes before the items of a frame, and the length of the two other kinds. */
export const FRAME_HEAD_BYTES = 6

/** First byte of an item, then u24 length of what follows. Never reused; items of other types are skipped. */
export const ItemType = {
  send: 1,
  request: 2,
  response: 3,
  failure: 4,
  cancel: 5,
  chunk: 6,
  'chunks-end': 7,
  credit: 8,
  /** u32 length of a body, then an item (type, fields) whose body comes in fragments. */
  large: 9,
  /** The next bytes of that body. */
  fragment: 10,
} as const

/** Bytes before the fields of an item. */
export const ITEM_HEAD_BYTES = 4

/** Longest piece of a body in one frame; a longer body goes in fragments, so that others get in between. */
export const FRAGMENT_BYTES: number = 64 * 1024

/** The number of each kind of body. */
export const bodyKinds = ['none', 'plain', 'binary'] as const

/** The number of each kind of stream that a request may begin. */
export const chunkDirections = ['none', 'up', 'down'] as const

/** What the peer may not have acknowledged when a chunk or a fragment goes out: what is under way cannot be overtaken. */
export const BULK_WINDOW_BYTES: number = 256 * 1024

/** The same for everything else. */
export const WINDOW_BYTES: number = 2 * BULK_WINDOW_BYTES

/** The receiver acknowledges after so many bytes. */
export const ACK_AFTER_BYTES: number = BULK_WINDOW_BYTES / 4

/** Longest frame that is sent, and accepted. */
export const MAX_FRAME_BYTES: number = 128 * 1024

/** Most bytes of frames that came early, from one life: more than its windows allow on as many links as it may have. */
export const MAX_HELD_BYTES: number = 4 * (WINDOW_BYTES + MAX_FRAME_BYTES)
