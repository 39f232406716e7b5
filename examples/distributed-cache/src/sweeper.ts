// Lets go of what is of no use any more, little by little: values past their time, old tombstones, and partitions that
// others own and have.
import { partitionCount } from '@rollcall/ring'
import type { Standing } from './placement/standing.ts'
import { MAX_AHEAD_MS, versionAt } from './store/hybrid-clock.ts'
import { type Store, TOMBSTONE_MS } from './store/store.ts'
import type { Time } from './time.ts'

const TICK_MS = 250
/** All of them within 32 s. */
const PARTITIONS_PER_TICK = partitionCount / 128

export async function sweep(time: Time, standing: Standing, store: Store): Promise<void> {
  for (let from = 0; !standing.isClosed; from = (from + PARTITIONS_PER_TICK) % partitionCount) {
    await time.sleep(TICK_MS)
    const date = time.date()
    const old = versionAt(date - TOMBSTONE_MS - MAX_AHEAD_MS)
    store.invalidations.forget(old)
    const isSettled = standing.isSettled
    for (let partition = from; partition < from + PARTITIONS_PER_TICK; partition++) {
      if (store.searches === 0) store.removeInvalid(partition)
      if (!store.has(partition)) continue
      const isOthers = !standing.ownership.isOurs(partition) && !standing.holdings.serves(partition)
      if (isSettled && isOthers) store.drop(partition)
      else store.sweep(partition, date, (version) => version < old)
    }
  }
}
