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

/** Bytes that follow each fixed-size token from 0xc0 to 0xdf; -1 where the token is handled elsewhere or refused. */
const fixedSizes = [
  0, -1, 0, 0, -1, -1, -1, -1, -1, -1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
  -1, -1,
]

/** How many bytes of length follow a token of variable length, and what the length counts. */
const variable: ReadonlyMap<number, { size: 1 | 2 | 4; counts: 'bytes' | 'items' | 'pairs' }> = new Map([
  [0xc4, { size: 1, counts: 'bytes' }],
  [0xc5, { size: 2, counts: 'bytes' }],
  [0xc6, { size: 4, counts: 'bytes' }],
  [0xd9, { size: 1, counts: 'bytes' }],
  [0xda, { size: 2, counts: 'bytes' }],
  [0xdb, { size: 4, counts: 'bytes' }],
  [0xdc, { size: 2, counts: 'items' }],
  [0xdd, { size: 4, counts: 'items' }],
  [0xde, { size: 2, counts: 'pairs' }],
  [0xdf, { size: 4, counts: 'pairs' }],
])

/** Whether the bytes are exactly one permitted value. Never throws, never recurses, allocates at most `maxDepth` numbers. */
export function isPlainMsgpack(bytes: Uint8Array, options: ScanOptions): boolean {
  const left: number[] = [1]
  const isMap: boolean[] = [false]
  const token = new Token(bytes)
  let values = 1
  while (left.length > 0) {
    const depth = left.length - 1
    const open = left[depth] as number
    if (open === 0) {
      left.pop()
      isMap.pop()
      continue
    }
    left[depth] = open - 1
    if (isMap[depth] && open % 2 === 0) {
      if (!token.readKey()) return false
      continue
    }
    if (!token.read()) return false
    if (token.holds === 'nothing') continue
    if (token.holds === 'pairs' && !options.maps) return false
    const { children } = token
    values += children
    if (left.length > options.maxDepth || values > options.maxValues || children > bytes.length - token.end)
      return false
    left.push(children)
    isMap.push(token.holds === 'pairs')
  }
  return token.end === bytes.length
}

/** The token read last. One serves for all of a frame: an object for each would be most of what decoding allocates. */
class Token {
  readonly #bytes: Uint8Array
  end = 0
  holds: 'nothing' | 'items' | 'pairs' = 'nothing'
  /** Values directly in it. */
  children = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Reads the next one; false where it is refused or cut off. */
  read(): boolean {
    const token = this.#bytes[this.end++]
    if (token === undefined) return false
    if (token < 0x80 || token >= 0xe0) return this.#skip(0)
    if (token < 0x90) return this.#open('pairs', token & 0x0f)
    if (token < 0xa0) return this.#open('items', token & 0x0f)
    if (token < 0xc0) return this.#skip(token & 0x1f)
    const fixed = fixedSizes[token - 0xc0] as number
    return fixed >= 0 ? this.#skip(fixed) : this.#readVariable(token)
  }

  /** Reads a map key; false where it is no string, or forbidden. */
  readKey(): boolean {
    const head = this.#bytes[this.end]
    const isShort = head !== undefined && head >= 0xa0 && head < 0xc0
    if (!isShort && (head === undefined || head < 0xd9 || head > 0xdb)) return false
    const start = this.end + 1 + (isShort ? 0 : (variable.get(head)?.size ?? 0))
    if (!this.read()) return false
    const { buffer, byteOffset } = this.#bytes
    return !forbiddenKeys.has(Buffer.from(buffer, byteOffset + start, this.end - start).toString('utf8'))
  }

  #readVariable(token: number): boolean {
    const shape = variable.get(token)
    if (shape === undefined || this.end + shape.size > this.#bytes.length) return false
    let length = 0
    for (const end = this.end + shape.size; this.end < end; this.end++)
      length = length * 256 + (this.#bytes[this.end] as number)
    return shape.counts === 'bytes' ? this.#skip(length) : this.#open(shape.counts, length)
  }

  #skip(bytes: number): boolean {
    this.end += bytes
    this.holds = 'nothing'
    return this.end <= this.#bytes.length
  }

  #open(holds: 'items' | 'pairs', count: number): boolean {
    this.holds = holds
    this.children = holds === 'pairs' ? count * 2 : count
    return true
  }
}
