// Takes the copies that other pods send.
import type { Cluster, Member } from '@rollcall/membership'
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
import { copyTopic, largeCopyTopic } from '../wire/topics.ts'
import { serveOperations } from '../wire/transfer.ts'
import type { Attempt } from './attempt.ts'
import { BLIND, type CopyAnswer, writeCopyAnswer } from './copy.ts'

export interface CopyServiceParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly clock: HybridClock
  /** Whether this pod is itself about to decide about a key, and goes first before that other pod. */
  readonly goesFirst: (key: string, other: string) => boolean
  /** The write under way here that depends on what is there. */
  readonly underWay: (key: string) => Pick<Attempt, 'entry' | 'met'> | undefined
  /** The writes under way here that depend on nothing. */
  readonly blindOnes: (key: string) => readonly Pick<Attempt, 'entry' | 'isLeftAbove' | 'overtake'>[]
}

export function serveCopies(parts: CopyServiceParts): void {
  const { cluster, time, standing, store, clock, goesFirst, underWay, blindOnes } = parts
  serveOperations(cluster, copyTopic, largeCopyTopic, ({ from }) => {
    const isCurrent = standing.trust.isCurrent(from)
    return (body) => takeAll(body, from, isCurrent)
  })

  function takeAll(body: Uint8Array, from: Member, isCurrent: boolean): Uint8Array {
    const reader = new ByteReader(body)
    const writer = new ByteWriter()
    const now = time.now()
    standing.trust.look(now)
    standing.trust.wrote(now)
    // What has waited while this pod stood still may have been given up. Who still wants it sends it again.
    const isAgreed = reader.text() === standing.ownership.id && !standing.rollCall.isDoubtful && isCurrent
    while (!reader.isAtEnd) {
      const key = reader.text()
      if (!isKey(key)) throw new MalformedError('a key is expected')
      const basis = reader.whole()
      const entry = readEntry(reader, partitionOf(key))
      writeCopyAnswer(writer, isAgreed ? take(key, entry, basis, from.name) : { type: 'refused' })
    }
    return writer.finish()
  }

  function take(key: string, entry: Entry, basis: number, from: string): CopyAnswer {
    if (!standing.ownership.isOurs(entry.partition) && !standing.holdings.serves(entry.partition)) {
      return { type: 'needless' }
    }
    if (!clock.observe(entry.version)) return { type: 'ahead' }
    if (basis !== BLIND && goesFirst(key, from)) return { type: 'refused' }
    const own = basis === BLIND ? underWay(key) : undefined
    own?.met(entry)
    if (own !== undefined && isNewer(own.entry, entry)) return { type: 'newer', entry: own.entry }
    const left = blindOnes(key).find((blind) => blind.isLeftAbove(entry))
    if (left !== undefined) return { type: 'newer', entry: left.entry }
    const known = store.peek(key)
    const hadValue = known?.isLive(time.date()) ?? false
    const isKnown = known === undefined || isSame(known, entry)
    if (!isKnown && (known.version > basis || !isNewer(entry, known))) return { type: 'newer', entry: known }
    store.take(key, entry)
    if (basis !== BLIND) for (const blind of blindOnes(key)) blind.overtake(entry)
    return { type: 'taken', hadValue }
  }
}
