// Items to bytes.
import type { FrameWriter } from './frame-writer.ts'
import type { Body, Item } from './item.ts'
import { MAX_CODE_BYTES, MAX_FAILURE_BYTES } from './session.ts'
import { bodyKinds, chunkDirections, FRAGMENT_BYTES, ItemType } from './wire-format.ts'

/** An item that has a body. */
export type ItemWithBody = Extract<Item, { readonly body: Body }>

/** No item without body and texts is longer. */
const FIXED_BYTES = 64

/** The body of an item that is too long for one frame; undefined for every other item. */
export function largeBodyOf(item: Item): Uint8Array | undefined {
  if (!('body' in item)) return undefined
  return item.body.bytes.length > FRAGMENT_BYTES ? item.body.bytes : undefined
}

/** Writes a whole item. */
export function encodeItem(to: FrameWriter, item: Item): void {
  to.reserve(FIXED_BYTES + variableBytes(item))
  const at = to.beginItem(ItemType[item.type])
  switch (item.type) {
    case 'chunk':
      to.byte(item.isAnswer ? 1 : 0)
      to.varint(item.id)
      to.raw(item.bytes)
      break
    case 'credit':
      to.byte(item.isAnswer ? 1 : 0)
      to.varint(item.id)
      to.varint(Math.min(item.bytes, Number.MAX_SAFE_INTEGER))
      break
    case 'cancel':
      to.varint(item.id)
      break
    case 'chunks-end':
      to.varint(item.id)
      to.byte(item.isWhole ? 1 : 0)
      break
    default:
      encodeFields(to, item)
      to.raw(item.body.bytes)
  }
  to.endItem(at)
}

/** Writes an item whose body follows in fragments. */
export function encodeLarge(to: FrameWriter, item: ItemWithBody): void {
  to.reserve(2 * FIXED_BYTES + textBytes(item))
  const at = to.beginItem(ItemType.large)
  to.u32(item.body.bytes.length)
  to.byte(ItemType[item.type])
  encodeFields(to, item)
  to.endItem(at)
}

/** Writes the next bytes of a body. */
export function encodeFragment(to: FrameWriter, bytes: Uint8Array): void {
  to.reserve(FIXED_BYTES + bytes.length)
  const at = to.beginItem(ItemType.fragment)
  to.raw(bytes)
  to.endItem(at)
}

/** All but the bytes of the body, which come last and end with the item. */
function encodeFields(to: FrameWriter, item: ItemWithBody): void {
  switch (item.type) {
    case 'send':
      to.shortText(item.topic)
      break
    case 'request':
      to.varint(item.id)
      to.varint(Math.min(item.timeoutMs, Number.MAX_SAFE_INTEGER))
      to.byte(chunkDirections.indexOf(item.chunks))
      to.shortText(item.topic)
      break
    case 'response':
      to.varint(item.id)
      break
    case 'failure':
      to.varint(item.id)
      to.shortText(item.code)
      to.text(item.message, MAX_FAILURE_BYTES)
  }
  to.byte(bodyKinds.indexOf(item.body.kind))
}

function variableBytes(item: Item): number {
  if (item.type === 'chunk') return item.bytes.length
  return 'body' in item ? textBytes(item) + item.body.bytes.length : 0
}

/** At most; three bytes a UTF-16 code unit are enough. */
function textBytes(item: ItemWithBody): number {
  if (item.type === 'response') return 0
  if (item.type !== 'failure') return Math.min(3 * item.topic.length, 256)
  return MAX_CODE_BYTES + Math.min(3 * item.message.length, MAX_FAILURE_BYTES)
}
