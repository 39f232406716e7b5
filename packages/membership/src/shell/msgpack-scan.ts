// A look at MessagePack bytes before anything is built from them. The decoder that follows supports far more than we
// ever send (records, references, regular expressions, extensions registered by the host program), recurses as
// deep as the bytes say, and allocates what they declare. So only plain values get past this point: well formed to the
// last byte, nested at most so deep, with no length that the bytes cannot hold.

/** What a scan permits beyond nil, booleans, numbers, strings, binary and arrays. */
export interface ScanOptions {
  readonly maxDepth: number
  /** Most values in all: a byte can stand for an array, so bytes alone do not bound the memory taken. */
  readonly maxValues: number
  /** Maps with string keys. Off in frames, on in metadata. */
  readonly maps: boolean
}

/** Keys that could reach an object's prototype; refused wherever maps are read or written. */
export const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

const forbiddenLengths: ReadonlySet<number> = new Set([...forbiddenKeys].map((key) => key.length))

/** Bytes that follow each fixed-size token from 0xc0 to 0xdf; -1 where the token is handled elsewhere or refused. */
const fixedSizes = [
  0, -1, 0, 0, -1, -1, -1, -1, -1, -1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
  -1, -1,
]

interface Shape {
  readonly size: 1 | 2 | 4
  readonly counts: 'bytes' | 'items' | 'pairs'
}

/** How many bytes of length follow a token of variable length, and what the length counts; by token, from 0xc0. */
const variable: readonly (Shape | undefined)[] = Array.from({ length: 32 }, (_, i) => shapeOf(0xc0 + i))

function shapeOf(token: number): Shape | undefined {
  const sizes = [1, 2, 4] as const
  const [bytes, texts] = [sizes[token - 0xc4], sizes[token - 0xd9]]
  if (bytes !== undefined) return { size: bytes, counts: 'bytes' }
  if (texts !== undefined) return { size: texts, counts: 'bytes' }
  if (token < 0xdc) return undefined
  return { size: token % 2 === 0 ? 2 : 4, counts: token < 0xde ? 'items' : 'pairs' }
}

/** Whether the bytes are exactly one permitted value. Never throws, never recurses, allocates at most `maxDepth` numbers. */
export function isPlainMsgpack(bytes: Uint8Array, options: ScanOptions): boolean {
  const scan = new Scan(bytes)
  if (!scan.read()) return false
  if (scan.kind === LEAF) return scan.at === bytes.length
  /** For each open container, how many values are still to come: negative in a map, where every second one is a key. */
  const left: number[] = []
  let values = 1
  for (;;) {
    const { kind, count }: { kind: number; count: number } = scan
    if (kind !== LEAF) {
      const children = kind === PAIRS ? count * 2 : count
      if (kind === PAIRS && !options.maps) return false
      values += children
      const fits = left.length < options.maxDepth && values <= options.maxValues
      if (!fits || children > bytes.length - scan.at) return false
      left.push(kind === PAIRS ? -children : children)
    }
    while (left.at(-1) === 0) left.pop()
    const depth = left.length - 1
    if (depth < 0) return scan.at === bytes.length
    let open = left[depth] as number
    if (open < 0 && open % 2 === 0) {
      if (!scan.readKey()) return false
      open++
    }
    left[depth] = open < 0 ? open + 1 : open - 1
    if (!scan.read()) return false
  }
}

const LEAF = 0
const ITEMS = 1
const PAIRS = 2

/** Reads one token after the other; an object for each would cost more than all the rest. */
class Scan {
  readonly #bytes: Uint8Array
  /** Behind the token that was read. */
  at = 0
  /** What was read: a leaf, or the head of a container. */
  kind: typeof LEAF | typeof ITEMS | typeof PAIRS = LEAF
  /** How many items or pairs the container has. */
  count = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Reads a token; false when it is refused or cut short. */
  read(): boolean {
    const token = this.#bytes[this.at]
    if (token === undefined) return false
    this.at++
    this.kind = LEAF
    if (token < 0x80 || token >= 0xe0) return true
    if (token < 0xa0) {
      this.kind = token < 0x90 ? PAIRS : ITEMS
      this.count = token & 0x0f
      return true
    }
    if (token < 0xc0) return this.#skip(token & 0x1f)
    const fixed = fixedSizes[token - 0xc0] as number
    return fixed >= 0 ? this.#skip(fixed) : this.#readVariable(token)
  }

  /** Reads a map key: a string that is not forbidden. */
  readKey(): boolean {
    const token = this.#bytes[this.at]
    const isString =
      token !== undefined && ((token >= 0xa0 && token < 0xc0) || (token >= 0xd9 && token <= 0xdb))
    const head = this.at + 1
    if (!isString || !this.read()) return false
    const start = token < 0xc0 ? head : head + (variable[token - 0xc0]?.size ?? 0)
    const length = this.at - start
    if (!forbiddenLengths.has(length)) return true
    const { buffer, byteOffset } = this.#bytes
    return !forbiddenKeys.has(Buffer.from(buffer, byteOffset + start, length).toString('latin1'))
  }

  #skip(length: number): boolean {
    this.at += length
    return this.at <= this.#bytes.length
  }

  #readVariable(token: number): boolean {
    const shape = variable[token - 0xc0]
    if (shape === undefined) return false
    let length = 0
    const start = this.at + shape.size
    if (start > this.#bytes.length) return false
    while (this.at < start) length = length * 256 + (this.#bytes[this.at++] as number)
    if (shape.counts === 'bytes') return this.#skip(length)
    this.kind = shape.counts === 'pairs' ? PAIRS : ITEMS
    this.count = length
    return true
  }
}
