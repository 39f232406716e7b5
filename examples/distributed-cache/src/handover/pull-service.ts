// Gives other pods what they pull, while this pod goes on serving it.
import { type Cluster, HandlerError } from '@rollcall/membership'
import { PartitionSet } from '../placement/partition-set.ts'
import type { Standing } from '../placement/standing.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import { ByteWriter } from '../wire/bytes.ts'
import { type Pull, pullTopic, refusalReasons } from '../wire/topics.ts'
import { writeRecord } from './records.ts'

const CHUNK_BYTES = 32 * 1024
/** The loop is given back after so many keys or partitions, those that nobody asks for, too. */
const SLICE = 1024

export interface PullServiceParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
}

export function servePulls({ cluster, time, standing, store }: PullServiceParts): void {
  cluster.serve(pullTopic, (pull, { signal }) => entries(pull, signal))

  /**
   * What was not used for longest comes first: so whoever takes it and has too little room evicts that, and not what is in
   * use. Who pulls has the same placement at the start: what is written from then on is sent there too.
   */
  async function* entries(pull: Pull, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    standing.requireAgreement(pull.id)
    const wanted = PartitionSet.from(pull.partitions)
    await requireAllWhole(pull, wanted)
    let writer = new ByteWriter()
    let count = 0
    for (const key of store.coldestFirst()) {
      if (++count % SLICE === 0) await turn()
      const entry = store.peek(key)
      if (entry === undefined || !wanted.has(entry.partition)) continue
      writeRecord(writer, key, entry)
      if (writer.length < CHUNK_BYTES) continue
      yield writer.finish()
      writer = new ByteWriter()
      await turn()
      if (signal.aborted) return
      requireWhole(pull, entry.partition)
    }
    // A pod that has come to distrust itself meanwhile has not all of it any more.
    await requireAllWhole(pull, wanted)
    if (writer.length > 0) yield writer.finish()
  }

  async function requireAllWhole(pull: Pull, partitions: PartitionSet): Promise<void> {
    let count = 0
    for (const partition of partitions) {
      if (++count % SLICE === 0) await turn()
      requireWhole(pull, partition)
    }
  }

  function requireWhole({ isWhole }: Pull, partition: number): void {
    if (!isWhole || standing.serves(partition)) return
    throw new HandlerError(refusalReasons.notYet, 'not all of it is here')
  }

  function turn(): Promise<void> {
    return new Promise((resolve) => time.defer(resolve))
  }
}
