// DNS messages as bytes: reads a query, writes an answer with names compressed by pointer. An answer that does
// not fit is cut at a whole record and gets the TC flag, as CoreDNS does it.
import { isIPv4 } from 'node:net'

/** Record types this server knows, with their numbers on the wire. */
export const recordTypes = { A: 1, SOA: 6, AAAA: 28, SRV: 33 } as const
/** Response codes this server can give, with their numbers on the wire. */
export const responseCodes = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
} as const

/** The name of a response code, such as `SERVFAIL`. */
export type DnsResponseCode = keyof typeof responseCodes

/** One record of a zone. Names are absolute, without the final dot. */
export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly name: string; readonly address: string }
  | {
      readonly type: 'SRV'
      readonly name: string
      readonly target: string
      readonly port: number
      readonly priority: number
      readonly weight: number
    }
  | { readonly type: 'SOA'; readonly name: string; readonly minimumSeconds: number }

/** A query as it came in. `question` is repeated in the answer byte for byte. */
export interface DnsQuery {
  readonly id: number
  readonly flags: number
  /** Lower case, without the final dot. */
  readonly name: string
  /** `A`, `AAAA`, `SRV`, `SOA`, or `TYPE15` for a type this server does not keep. */
  readonly type: string
  readonly question: Buffer
}

/** What to answer, before it is cut to size. */
export interface DnsAnswer {
  readonly code: DnsResponseCode
  readonly answers: readonly DnsRecord[]
  readonly authority: readonly DnsRecord[]
  readonly additionals: readonly DnsRecord[]
}

const headerBytes = 12
const flagResponse = 0x8000
const flagAuthoritative = 0x0400
const flagTruncated = 0x0200
const flagRecursionDesired = 0x0100
const classInternet = 1
/** A compression pointer has 14 bits: names written beyond this offset cannot be pointed at. */
const maxPointerOffset = 0x3fff
/** More than any single record takes: two names of 255 bytes and the fixed fields. */
const longestRecordBytes = 1024

/** Reads a query with one question; `undefined` where the bytes are not one. */
export function readQuery(message: Buffer): DnsQuery | undefined {
  if (message.length < headerBytes + 5 || message.readUInt16BE(4) !== 1) return undefined
  const flags = message.readUInt16BE(2)
  if ((flags & flagResponse) !== 0) return undefined
  const labels: string[] = []
  let offset = headerBytes
  for (;;) {
    const length = message[offset]
    if (length === undefined || length > 63) return undefined
    offset += 1 + length
    if (length === 0) break
    labels.push(message.toString('latin1', offset - length, offset))
  }
  if (offset + 4 > message.length) return undefined
  const number = message.readUInt16BE(offset)
  const known = Object.entries(recordTypes).find(([, value]) => value === number)
  return {
    id: message.readUInt16BE(0),
    flags,
    name: labels.join('.').toLowerCase(),
    type: known?.[0] ?? `TYPE${number}`,
    question: message.subarray(headerBytes, offset + 4),
  }
}

/** Writes the answer in at most `maxBytes`; `truncated` sets the TC flag whether or not something was cut. */
export function writeAnswer(
  query: DnsQuery,
  answer: DnsAnswer,
  options: { ttlSeconds: number; maxBytes: number; truncated?: boolean },
): Buffer {
  const writer = new MessageWriter(query, options.maxBytes, options.ttlSeconds)
  const answers = writer.section(answer.answers)
  const authority = writer.section(answer.authority)
  const additionals = writer.section(answer.additionals)
  const truncated = writer.full || options.truncated === true
  const flags =
    flagResponse |
    flagAuthoritative |
    (query.flags & flagRecursionDesired) |
    (truncated ? flagTruncated : 0) |
    responseCodes[answer.code]
  return writer.finish(flags, [1, answers, authority, additionals])
}

/** Appends records to one message and remembers where each name was written. */
class MessageWriter {
  /** True once a record did not fit. */
  full = false
  #offset: number
  #bytes: Buffer
  #offsets = new Map<string, number>()
  #query: DnsQuery
  #maxBytes: number
  #ttlSeconds: number

  constructor(query: DnsQuery, maxBytes: number, ttlSeconds: number) {
    this.#query = query
    this.#maxBytes = maxBytes
    this.#ttlSeconds = ttlSeconds
    this.#bytes = Buffer.allocUnsafe(maxBytes + longestRecordBytes)
    query.question.copy(this.#bytes, headerBytes)
    this.#offset = headerBytes + query.question.length
    this.#rememberSuffixes(query.name, headerBytes)
  }

  /** Writes records until one does not fit; returns how many were written. */
  section(records: readonly DnsRecord[]): number {
    let written = 0
    for (const record of records) {
      if (this.full) break
      const start = this.#offset
      this.#record(record)
      if (this.#offset > this.#maxBytes) {
        this.#offset = start
        this.full = true
      } else {
        written += 1
      }
    }
    return written
  }

  finish(flags: number, counts: readonly number[]): Buffer {
    this.#bytes.writeUInt16BE(this.#query.id, 0)
    this.#bytes.writeUInt16BE(flags, 2)
    for (const [i, count] of counts.entries()) this.#bytes.writeUInt16BE(count, 4 + i * 2)
    return this.#bytes.subarray(0, this.#offset)
  }

  #record(record: DnsRecord): void {
    this.#name(record.name)
    this.#uint16(recordTypes[record.type])
    this.#uint16(classInternet)
    this.#uint32(this.#ttlSeconds)
    const lengthAt = this.#offset
    this.#uint16(0)
    this.#data(record)
    this.#bytes.writeUInt16BE(this.#offset - lengthAt - 2, lengthAt)
  }

  #data(record: DnsRecord): void {
    switch (record.type) {
      case 'A':
      case 'AAAA':
        for (const byte of addressBytes(record.address)) this.#bytes[this.#offset++] = byte
        break
      case 'SRV':
        for (const value of [record.priority, record.weight, record.port]) this.#uint16(value)
        // RFC 2782: the target is not compressed. Later names may still point at it.
        this.#name(record.target, false)
        break
      case 'SOA':
        this.#name(`ns.dns.${record.name}`)
        this.#name(`hostmaster.${record.name}`)
        for (const value of [1, 7200, 1800, 86400, record.minimumSeconds]) this.#uint32(value)
        break
    }
  }

  #name(name: string, compress = true): void {
    let rest = name
    while (rest !== '') {
      const known = this.#offsets.get(rest.toLowerCase())
      if (compress && known !== undefined) {
        this.#uint16(0xc000 | known)
        return
      }
      if (known === undefined) this.#remember(rest, this.#offset)
      const dot = rest.indexOf('.')
      const label = dot < 0 ? rest : rest.slice(0, dot)
      this.#bytes[this.#offset] = label.length
      this.#bytes.write(label, this.#offset + 1, 'latin1')
      this.#offset += 1 + label.length
      rest = dot < 0 ? '' : rest.slice(dot + 1)
    }
    this.#bytes[this.#offset++] = 0
  }

  #rememberSuffixes(name: string, start: number): void {
    let offset = start
    for (let rest = name; rest !== ''; ) {
      this.#remember(rest, offset)
      const dot = rest.indexOf('.')
      offset += 1 + (dot < 0 ? rest.length : dot)
      rest = dot < 0 ? '' : rest.slice(dot + 1)
    }
  }

  #remember(name: string, offset: number): void {
    if (offset <= maxPointerOffset) this.#offsets.set(name.toLowerCase(), offset)
  }

  #uint16(value: number): void {
    this.#offset = this.#bytes.writeUInt16BE(value, this.#offset)
  }

  #uint32(value: number): void {
    this.#offset = this.#bytes.writeUInt32BE(value, this.#offset)
  }
}

/** The 4 or 16 bytes of an address in text form. */
function addressBytes(address: string): number[] {
  if (isIPv4(address)) return address.split('.').map(Number)
  // The URL parser brings every spelling (`::`, embedded IPv4) to hexadecimal groups.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = text.split('::')
  const groups = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const before = groups(head)
  const after = groups(tail ?? '')
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff])
}
