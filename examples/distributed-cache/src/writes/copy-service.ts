// Takes the copies that other pods send.
import type { Cluster } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import { isKey } from '../limits.ts'
import type { Standing } from '../placement/standing.ts'
import { type Entry, isNewer, isSame } from '../store/entry.ts'
import type { HybridClock } from '../store/hybrid-clock.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { MalformedError } from '../wire/checks.ts'
import { readEntry } from '../wire/entry-fields.ts'
import { copyTopic } from '../wire/topics.ts'
import { BLIND, type CopyAnswer, writeCopyAnswer } from './copy.ts'

export interface CopyServiceParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly clock: HybridClock
  /** Whether this pod is itself about to decide about a key, and goes first before that other pod. */
  readonly goesFirst: (key: string, other: string) => boolean
}

export function serveCopies(parts: CopyServiceParts): void {
  const { cluster, time, standing, store, clock, goesFirst } = parts
  cluster.serve(copyTopic, (body, { from }) => {
    const reader = new ByteReader(body)
    const writer = new ByteWriter()
    const now = time.now()
    standing.trust.wrote(now)
    const isAgreed = reader.text() === standing.ownership.id
    while (!reader.isAtEnd) {
      const key = reader.text()
      if (!isKey(key)) throw new MalformedError('a key is expected')
      const basis = reader.whole()
      const entry = readEntry(reader, partitionOf(key))
      writeCopyAnswer(writer, isAgreed ? take(key, entry, basis, now, from.name) : { type: 'refused' })
    }
    return writer.finish()
  })

  function take(key: string, entry: Entry, basis: number, now: number, from: string): CopyAnswer {
    if (!standing.ownership.isOurs(entry.partition) && !standing.holdings.serves(entry.partition)) {
      return { type: 'needless' }
    }
    if (!clock.isCredible(entry.version)) return { type: 'ahead' }
    if (basis !== BLIND && goesFirst(key, from)) return { type: 'refused' }
    clock.observe(entry.version)
    const known = store.peek(key)
    const hadValue = known?.isLive(now) ?? false
    if (known === undefined || isSame(known, entry)) return done(key, entry, hadValue)
    if (known.version > basis || !isNewer(entry, known)) return { type: 'newer', entry: known }
    return done(key, entry, hadValue)
  }

  function done(key: string, entry: Entry, hadValue: boolean): CopyAnswer {
    store.take(key, entry)
    return { type: 'taken', hadValue }
  }
}
