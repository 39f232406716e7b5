// The last good records of one type, kept through failures. Answers near the ceiling of a DNS message may be cut to
// a random part of the whole, so those of several polls are put together instead of reading as departures.
import type { DnsOutcome } from './dns-client.ts'
import type { RecordType } from './seed-problem.ts'

/**
 * From so many records on, an answer may have been cut: a DNS message holds 64 KiB, which is 4,093 A, 2,338 AAAA or
 * about 1,168 SRV records. Node does not show that an answer was cut.
 */
export const nearCeiling: Readonly<Record<RecordType, number>> = { A: 4000, AAAA: 2300, SRV: 1100 }

/** A record missing from so many answers near the ceiling in a row is dropped. */
const missedAnswers = 8

/** The last good records of one name and type. */
export class RecordSet<T> {
  /** Number of records in the answer that came near the ceiling, while that is so. */
  nearCeiling: number | undefined
  #records = new Map<string, { record: T; answer: number }>()
  #answers = 0
  #ceiling: number
  #keyOf: (record: T) => string

  constructor(recordType: RecordType, keyOf: (record: T) => string) {
    this.#ceiling = nearCeiling[recordType]
    this.#keyOf = keyOf
  }

  get records(): T[] {
    return [...this.#records.values()].map(({ record }) => record)
  }

  /** Takes one answer in; returns the records as they are known now. */
  update(outcome: DnsOutcome<T>): T[] {
    if (outcome.type === 'failed') return this.records
    const found = outcome.type === 'records' ? outcome.records : []
    if (this.#isCutToNothing(outcome)) return this.records
    this.#answers += 1
    const cut = found.length >= this.#ceiling
    this.nearCeiling = cut ? found.length : undefined
    const kept = cut
      ? [...this.#records].filter(([, { answer }]) => this.#answers - answer < missedAnswers)
      : []
    this.#records = new Map(kept)
    for (const record of found) this.#records.set(this.#keyOf(record), { record, answer: this.#answers })
    return this.records
  }

  /** dnsmasq in front of an answer that is too long says that there are no records at all. */
  #isCutToNothing(outcome: DnsOutcome<T>): boolean {
    const had = this.#records.size
    if (outcome.type !== 'no-records' || had < this.#ceiling * 0.9) return false
    this.nearCeiling = had
    return true
  }
}
