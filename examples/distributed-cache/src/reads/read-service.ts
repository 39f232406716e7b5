// Answers the reads of other pods: each from what is here, or refused. Never passed on.
import type { Cluster } from '@rollcall/membership'
import { partitionOf } from '@rollcall/ring'
import { Heat } from '../near/heat.ts'
import type { Standing } from '../placement/standing.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { largeBytes } from '../wire/operation.ts'
import { largeReadTopic, readTopic } from '../wire/topics.ts'
import { serveDownloads } from '../wire/transfer.ts'
import { type ReadAnswer, writeReadAnswer } from './read-wire.ts'

/** An answer is bounded: what is left over is asked for again. */
const MAX_BYTES = 2 * 1024 * 1024

export interface ReadServiceParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  /** Granted for keys that are read often; 0 for never. */
  readonly nearLeaseMs: number
}

export function serveReads({ cluster, time, standing, store, nearLeaseMs }: ReadServiceParts): void {
  const heat = new Heat()
  cluster.serve(readTopic, (body) => answers(body, largeBytes))
  serveDownloads(cluster, largeReadTopic, (body) => answers(body, () => 0))

  /** Values that `large` counts are to be asked for by themselves. */
  function answers(body: Uint8Array, large: (bytes: number) => number): Uint8Array {
    const now = time.now()
    standing.trust.look(now)
    const reader = new ByteReader(body)
    const writer = new ByteWriter()
    reader.text() // The placement of the asker: who has all of a partition answers, whatever the asker thinks.
    while (!reader.isAtEnd) {
      const key = reader.text()
      writeReadAnswer(writer, writer.length > MAX_BYTES ? { type: 'again' } : answer(key, now, large))
    }
    return writer.finish()
  }

  function answer(key: string, now: number, large: (bytes: number) => number): ReadAnswer {
    const entry = store.get(key)
    const partition = entry?.partition ?? partitionOf(key)
    const isStale = standing.trust.isMinority
    if (!isStale && !standing.serves(partition)) return { type: 'refused' }
    // In a minority nobody knows that there is nothing.
    if (isStale && !entry?.isLive(time.date())) return { type: 'refused' }
    if (entry === undefined) return { type: 'missing' }
    const bytes = large(entry.kept.length)
    if (bytes > 0) return { type: 'large', version: entry.version, bytes }
    const isLeased = nearLeaseMs > 0 && !isStale && heat.isHot(key, now)
    return { type: 'known', entry, isStale, leaseMs: isLeased ? nearLeaseMs : 0 }
  }
}
