// MessagePack as a tree that can be changed and written again, also wrongly. Leaves stay the bytes they were.
import type { RandomStream } from '@rollcall/testkit'

/** A leaf as its bytes, or an array. */
export type Tree = Buffer | Tree[]

/** Reads one value; undefined when the bytes are none, or more. */
export function parseTree(bytes: Buffer): Tree | undefined {
  const reader = { at: 0 }
  try {
    const tree = readTree(bytes, reader)
    return reader.at === bytes.length ? tree : undefined
  } catch {
    return undefined
  }
}

function readTree(bytes: Buffer, reader: { at: number }): Tree {
  const start = reader.at
  const token = bytes.readUInt8(reader.at++)
  if ((token & 0xf0) === 0x90) return readItems(bytes, reader, token & 0x0f)
  if (token === 0xdc) {
    reader.at += 2
    return readItems(bytes, reader, bytes.readUInt16BE(start + 1))
  }
  reader.at += leafBytes(bytes, start)
  if (reader.at > bytes.length) throw new RangeError('cut short')
  return bytes.subarray(start, reader.at)
}

function readItems(bytes: Buffer, reader: { at: number }, count: number): Tree[] {
  return Array.from({ length: count }, () => readTree(bytes, reader))
}

const fixed: Readonly<Record<number, number>> = {
  ...{ 192: 0, 194: 0, 195: 0, 202: 4, 203: 8, 204: 1, 205: 2, 206: 4, 207: 8 },
  ...{ 208: 1, 209: 2, 210: 4, 211: 8 },
}

/** How many bytes follow the token of a leaf. */
function leafBytes(bytes: Buffer, start: number): number {
  const token = bytes.readUInt8(start)
  if (token < 0x80 || token >= 0xe0) return 0
  if (token >= 0xa0 && token < 0xc0) return token & 0x1f
  if (token === 0xc4 || token === 0xd9) return 1 + bytes.readUInt8(start + 1)
  if (token === 0xc5 || token === 0xda) return 2 + bytes.readUInt16BE(start + 1)
  if (token === 0xc6 || token === 0xdb) return 4 + bytes.readUInt32BE(start + 1)
  const size = fixed[token]
  if (size === undefined) throw new RangeError(`token ${token}`)
  return size
}

/** Writes a tree. `lie` changes how many items an array says it has. */
export function writeTree(tree: Tree, lie?: (count: number) => number): Buffer {
  const parts: Buffer[] = []
  writeInto(parts, tree, lie)
  return Buffer.concat(parts)
}

function writeInto(parts: Buffer[], tree: Tree, lie: ((count: number) => number) | undefined): void {
  if (Buffer.isBuffer(tree)) {
    parts.push(tree)
    return
  }
  parts.push(arrayHead(lie?.(tree.length) ?? tree.length))
  for (const item of tree) writeInto(parts, item, lie)
}

function arrayHead(count: number): Buffer {
  if (count < 16) return Buffer.of(0x90 | count)
  if (count < 0x10000) return Buffer.of(0xdc, count >> 8, count & 0xff)
  return Buffer.of(0xdd, count >>> 24, (count >>> 16) & 0xff, (count >>> 8) & 0xff, count & 0xff)
}

const text = (value: string) => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(0xda, bytes.length >> 8, bytes.length & 0xff), bytes])
}
const double = (value: number) => {
  const bytes = Buffer.of(0xcb, 0, 0, 0, 0, 0, 0, 0, 0)
  bytes.writeDoubleBE(value, 1)
  return bytes
}
const hex = (digits: string) => Buffer.from(digits, 'hex')
const nested = (levels: number) => Buffer.concat([Buffer.alloc(levels, 0x91), Buffer.of(0xc0)])

/** What has broken decoders before. */
const evil: readonly Buffer[] = [
  // nil, booleans, small numbers, and numbers at the edges of their types
  ...['c0', 'c2', 'c3', '00', '01', '7f', 'ff', 'e0', 'ccff', 'cdffff', 'ceffffffff'].map(hex),
  ...['cf001fffffffffffff', 'cf0020000000000000', 'cfffffffffffffffff'].map(hex),
  ...['d08080', 'd18000', 'd280000000', 'd38000000000000000', 'd3ffffffffffffffff'].map(hex),
  ...[-0, 0.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53].map(double),
  hex('ca7fc00000'),
  // texts: empty, long, not to be shown, no UTF-8, and names of an object's own things
  ...[
    '',
    'a',
    '\0',
    'a\nb',
    '\u202e',
    '\ufeffx',
    '🙂',
    'x'.repeat(253),
    'x'.repeat(254),
    'é'.repeat(200),
  ].map(text),
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'then', '10.0.0.1:7946'].map(
    text,
  ),
  ...['0.0.0.0:0', '[::1]:7946', '[::ffff:10.0.0.1]:1', '10.0.0.1:99999', 'x'.repeat(60_000)].map(text),
  ...['a2c328', 'a3eda080', 'a2c080', 'a4f7bfbfbf', 'aac19f5f70726f746f5f'].map(hex),
  // lengths beyond the end
  ...[
    'dbffffffff',
    'daffff',
    'd9ff',
    'c6ffffffff',
    'c5ffff',
    'c4ff',
    'ddffffffff',
    'dcffff',
    'dd00ffffff',
  ].map(hex),
  // maps, also with keys that are none of theirs
  ...['80', '81a16101', '81a95f5f70726f746f5f5f80', '81c0c0', 'dfffffffff', 'deffff', '8f'].map(hex),
  // what msgpackr would make of extensions: fixed ones, a date, a record, bundled texts, references, a RegExp, a Set
  ...[
    'd40000',
    'd5ff0000',
    'd6ff00000000',
    'd7ff0000000000000000',
    'd8',
    'c700',
    'c8ffff00',
    'c9ffffffff00',
  ].map(hex),
  ...[
    'd47240',
    'd57240a161',
    'd66200000001',
    'd6700000000069',
    'd47892',
    'd473',
    'c70169c0',
    'c1',
    '40',
    '7e',
  ].map(hex),
  // binary, much of it, and arrays in arrays
  ...[hex('c400'), Buffer.concat([hex('c5ffff'), Buffer.alloc(65_535)]), nested(7), nested(9), nested(5000)],
  Buffer.concat([hex('dc4000'), Buffer.alloc(0x4000, 0xc0)]),
  Buffer.concat([hex('dd00010000'), Buffer.alloc(0x10000, 0x90)]),
]

/** A tree with something in it changed; `other` is where parts may come from. */
export function mutateTree(random: RandomStream, tree: Tree, other: Tree): Tree {
  if (Buffer.isBuffer(tree)) return mutateLeaf(random, tree, other)
  // Deeper where there is anything, so that what is inside facts is reached as well.
  if (tree.length > 0 && random.chance(0.75)) {
    const at = random.below(tree.length)
    const copy = tree.slice()
    copy[at] = mutateTree(random, tree[at] as Tree, other)
    return copy
  }
  return mutateArray(random, tree, other)
}

function mutateLeaf(random: RandomStream, leaf: Buffer, other: Tree): Tree {
  switch (random.below(6)) {
    case 0:
      return somewhereIn(random, other)
    case 1: {
      const copy = Buffer.from(leaf)
      const at = random.below(copy.length)
      copy[at] = (copy[at] as number) ^ (1 << random.below(8))
      return copy
    }
    case 2:
    case 3:
      return random.pick(evil)
    default:
      return alike(random, leaf, other)
  }
}

/** A leaf of the same kind from elsewhere: a frame with it is likely to pass all checks of its form. */
function alike(random: RandomStream, leaf: Buffer, other: Tree): Tree {
  const kind = kindOf(leaf)
  for (let i = 0; i < 20; i++) {
    const found = somewhereIn(random, other)
    if (Buffer.isBuffer(found) && kindOf(found) === kind) return found
  }
  return leaf
}

function kindOf(leaf: Buffer): 'number' | 'text' | 'binary' | 'other' {
  const token = leaf[0] as number
  if (token < 0x80 || token >= 0xe0 || (token >= 0xca && token <= 0xd3)) return 'number'
  if ((token >= 0xa0 && token < 0xc0) || (token >= 0xd9 && token <= 0xdb)) return 'text'
  return token >= 0xc4 && token <= 0xc6 ? 'binary' : 'other'
}

function mutateArray(random: RandomStream, items: readonly Tree[], other: Tree): Tree {
  const copy = items.slice()
  const at = random.below(copy.length + 1)
  const another = random.below(copy.length)
  switch (random.below(8)) {
    case 0:
      copy.splice(at, 1)
      return copy
    case 1:
      copy.splice(at, 0, somewhereIn(random, other))
      return copy
    case 2:
      copy.splice(at, 0, random.pick(evil))
      return copy
    case 3:
      if (copy.length > 0) copy.splice(at, 0, copy[another] as Tree)
      return copy
    case 4: {
      if (copy.length === 0) return copy
      const first = copy[another] as Tree
      const second = random.below(copy.length)
      copy[another] = copy[second] as Tree
      copy[second] = first
      return copy
    }
    case 5: {
      const item = copy[another]
      if (item === undefined) return copy
      return [...copy, ...Array<Tree>(random.below(300)).fill(item)]
    }
    case 6:
      return [copy]
    default:
      return random.pick(evil)
  }
}

function somewhereIn(random: RandomStream, tree: Tree): Tree {
  let at = tree
  while (!Buffer.isBuffer(at) && at.length > 0 && random.chance(0.9)) at = at[random.below(at.length)] as Tree
  return at
}
