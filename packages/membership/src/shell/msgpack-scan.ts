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

type Value =
  | { readonly type: 'leaf'; readonly end: number }
  | { readonly type: 'items' | 'pairs'; readonly end: number; readonly count: number }

/** Whether the bytes are exactly one permitted value. Never throws, never recurses, allocates at most `maxDepth` numbers. */
export function isPlainMsgpack(bytes: Uint8Array, options: ScanOptions): boolean {
  const left: number[] = [1]
  const isMap: boolean[] = [false]
  let at = 0
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
      const end = keyEnd(bytes, at)
      if (end === undefined) return false
      at = end
      continue
    }
    const value = readToken(bytes, at)
    if (value === undefined || value.end > bytes.length) return false
    at = value.end
    if (value.type === 'leaf') continue
    const children = value.type === 'pairs' ? value.count * 2 : value.count
    if (value.type === 'pairs' && !options.maps) return false
    values += children
    if (left.length > options.maxDepth || values > options.maxValues || children > bytes.length - at)
      return false
    left.push(children)
    isMap.push(value.type === 'pairs')
  }
  return at === bytes.length
}

function readToken(bytes: Uint8Array, at: number): Value | undefined {
  const token = bytes[at]
  if (token === undefined) return undefined
  if (token < 0x80 || token >= 0xe0) return { type: 'leaf', end: at + 1 }
  if (token < 0x90) return { type: 'pairs', end: at + 1, count: token & 0x0f }
  if (token < 0xa0) return { type: 'items', end: at + 1, count: token & 0x0f }
  if (token < 0xc0) return { type: 'leaf', end: at + 1 + (token & 0x1f) }
  const fixed = fixedSizes[token - 0xc0] as number
  if (fixed >= 0) return { type: 'leaf', end: at + 1 + fixed }
  const shape = variable.get(token)
  if (shape === undefined) return undefined
  const start = at + 1 + shape.size
  if (start > bytes.length) return undefined
  let length = 0
  for (let i = at + 1; i < start; i++) length = length * 256 + (bytes[i] as number)
  if (shape.counts === 'bytes') return { type: 'leaf', end: start + length }
  return { type: shape.counts, end: start, count: length }
}

/** The end of a map key that is a string and not forbidden. */
function keyEnd(bytes: Uint8Array, at: number): number | undefined {
  const token = bytes[at]
  const isString =
    token !== undefined && ((token >= 0xa0 && token < 0xc0) || (token >= 0xd9 && token <= 0xdb))
  if (!isString) return undefined
  const key = readToken(bytes, at)
  if (key === undefined || key.end > bytes.length) return undefined
  const head = token < 0xc0 ? 1 : 1 + (variable.get(token)?.size ?? 0)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at + head, key.end - at - head).toString('utf8')
  return forbiddenKeys.has(text) ? undefined : key.end
}
