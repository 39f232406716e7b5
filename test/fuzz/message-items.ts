// Frames of messages as items that can be changed and written again, also wrongly.
import type { RandomStream } from '@rollcall/testkit'
import type { Corpus } from './corpus.ts'

const HEAD_BYTES = 6
const ITEM_HEAD_BYTES = 4
/** Frames of items may have half of it. */
const MOST_BYTES = 256 * 1024
/** Items are 1 to 10; an unknown one is skipped. */
const TYPES = 12

/** A frame of messages taken apart. */
export interface Items {
  readonly head: Buffer
  readonly items: readonly Item[]
}

export interface Item {
  readonly type: number
  readonly fields: Buffer
}

/** Takes a frame of items apart; undefined when it is none. */
export function parseItems(frame: Buffer): Items | undefined {
  if (frame[0] !== 0xc1 || frame[1] !== 1) return undefined
  const items: Item[] = []
  for (let at = HEAD_BYTES; at < frame.length; ) {
    const length = frame.readUIntBE(at + 1, 3)
    const start = at + ITEM_HEAD_BYTES
    items.push({ type: frame.readUInt8(at), fields: frame.subarray(start, start + length) })
    at = start + length
  }
  return { head: frame.subarray(0, HEAD_BYTES), items }
}

/** Whether a frame, however bad, would be taken for one of items; then it has a number. */
export function hasNumber(frame: Buffer): boolean {
  return frame[0] === 0xc1 && frame[1] === 1 && frame.length >= HEAD_BYTES
}

/** Gives a frame of items its number: the next one, or what is in it is never looked at. */
export function setNumber(frame: Buffer, number: number): void {
  frame.writeUInt32BE(number >>> 0, 2)
}

/** A frame with something in its items changed. Its number is for the sender to set. */
export function mutateItems(random: RandomStream, { head, items }: Items, corpus: Corpus): Buffer {
  const changed = items.slice()
  do change(random, changed, corpus)
  while (random.chance(0.2))
  return Buffer.concat([head, ...changed.flatMap((item) => written(random, item))])
}

function change(random: RandomStream, items: Item[], corpus: Corpus): void {
  const at = random.below(items.length + 1)
  const item = items[at] ?? random.pick(corpus.items)
  switch (random.below(8)) {
    case 0:
      items.splice(at, 1)
      return
    case 1:
      items.splice(at, 0, random.pick(corpus.items))
      return
    case 2:
      items.splice(at, 0, ...Array<Item>(Math.min(random.below(50), mostCopies(item))).fill(item))
      return
    case 3:
      items.splice(at, 1, { ...item, type: random.below(TYPES) })
      return
    case 4:
      items.splice(at, 0, large(random, item))
      return
    case 5:
      items.splice(at, 0, { type: 10, fields: random.pick(corpus.items).fields })
      return
    default:
      items.splice(at, 1, { ...item, fields: changedFields(random, item.fields) })
  }
}

/** As many as are over every limit of a frame: more would be as bad, and take longer to make. */
function mostCopies({ fields }: Item): number {
  return Math.ceil(MOST_BYTES / (ITEM_HEAD_BYTES + fields.length))
}

/** The beginning of a body in fragments, of whatever length. */
function large(random: RandomStream, item: Item): Item {
  const total = Buffer.alloc(4)
  total.writeUInt32BE(random.pick([0, 1, 100, 65_536, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, 2 ** 32 - 1]))
  return { type: 9, fields: Buffer.concat([total, Buffer.of(item.type), item.fields]) }
}

function changedFields(random: RandomStream, fields: Buffer): Buffer {
  const at = random.below(fields.length + 1)
  switch (random.below(5)) {
    case 0: {
      const copy = Buffer.from(fields)
      if (at < copy.length) copy[at] = random.below(256)
      return copy
    }
    case 1:
      return fields.subarray(0, at)
    case 2: {
      // Numbers as long as they may be, and longer.
      const number = Buffer.alloc(1 + random.below(9), 0xff)
      number[number.length - 1] = random.below(128)
      return Buffer.concat([fields.subarray(0, at), number, fields.subarray(at + 1)])
    }
    case 3:
      return Buffer.concat([fields.subarray(0, at), Buffer.alloc(random.below(5000), random.below(256))])
    default: {
      const copy = Buffer.from(fields)
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << random.below(8))
      return copy
    }
  }
}

function written(random: RandomStream, { type, fields }: Item): Buffer[] {
  const head = Buffer.alloc(ITEM_HEAD_BYTES)
  head[0] = type
  const length = random.chance(0.02) ? random.pick([0, fields.length + 1, 2 ** 24 - 1]) : fields.length
  head.writeUIntBE(length, 1, 3)
  return [head, fields]
}
