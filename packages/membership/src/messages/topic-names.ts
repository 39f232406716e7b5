// The texts of topics, by their bytes: a member sees few of them, millions of times, and making a text is dear.
import { isUtf8 } from 'node:buffer'
import { WireFault } from './wire-fault.ts'

/** More than that, and it begins anew: whoever sends that many different ones gets no help. */
const MOST_NAMES = 1024

interface Known {
  readonly bytes: Uint8Array
  readonly text: string
}

export class TopicNames {
  readonly #known = new Map<number, Known>()

  /** The text that stands in `from`; throws a WireFault when it is none. */
  read(from: Buffer, start: number, end: number): string {
    let hash = 0x811c9dc5
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (from[at] as number), 0x01000193)
    const known = this.#known.get(hash)
    if (known !== undefined && isSame(known.bytes, from, start, end)) return known.text
    return this.#learn(hash, from.subarray(start, end))
  }

  #learn(hash: number, bytes: Buffer): string {
    if (!isUtf8(bytes)) throw new WireFault('bad-frame', 'a topic is no UTF-8')
    const text = bytes.toString('utf8')
    if (this.#known.size >= MOST_NAMES) this.#known.clear()
    this.#known.set(hash, { bytes: new Uint8Array(bytes), text })
    return text
  }
}

function isSame(bytes: Uint8Array, from: Uint8Array, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== from[start + i]) return false
  return true
}
