// The parts of a cache, put together: what serves other pods, and what serves the calls of this one.
import { servePulls } from './handover/pull-service.ts'
import { Puller } from './handover/puller.ts'
import { Invalidator } from './invalidation/invalidator.ts'
import { NearCache } from './near/near-cache.ts'
import { MAX_TIMEOUT_MS, type Settings } from './options.ts'
import { Standing } from './placement/standing.ts'
import { serveReads } from './reads/read-service.ts'
import { Reader } from './reads/reader.ts'
import { HybridClock } from './store/hybrid-clock.ts'
import { Store } from './store/store.ts'
import { sweep } from './sweeper.ts'
import type { Time } from './time.ts'
import { Lane, type LaneParts } from './wire/lane.ts'
import {
  copyTopic,
  giveUpTopic,
  largeCopyTopic,
  largeReadTopic,
  largeWriteTopic,
  readTopic,
  writeTopic,
} from './wire/topics.ts'
import { downloadFrom, uploadTo } from './wire/transfer.ts'
import { Coordinator } from './writes/coordinator.ts'
import { Copy, REPAIR } from './writes/copy.ts'
import { serveCopies } from './writes/copy-service.ts'
import { serveWrites } from './writes/write-service.ts'
import { Writer } from './writes/writer.ts'

/** A read asks the next owner, too, after that: a pod that stands still keeps nobody waiting for long. */
const LATE_READ_MS = 100
/** It does not wait for an owner any more. */
const READ_MS = 500
/** A copy is sent again after that. */
const COPY_MS = 1000

export interface Engine {
  readonly store: Store
  readonly clock: HybridClock
  readonly standing: Standing
  readonly reader: Reader
  readonly writer: Writer
  readonly invalidator: Invalidator
}

/** Serves from then on, until the cluster is closed. */
export function startEngine(settings: Settings, time: Time): Engine {
  const { cluster, maxBytes, nearLeaseMs, replicas } = settings
  const store = new Store(maxBytes)
  const clock = new HybridClock(time)
  const standing: Standing = new Standing(cluster, time, store, replicas, () => puller.fill())
  const near = nearLeaseMs > 0 ? new NearCache(maxBytes) : undefined
  const parts = { cluster, time, standing, store, clock, near }
  const puller = new Puller(parts)
  const lane = (special: Omit<LaneParts, 'cluster' | 'time' | 'placementId'>) =>
    new Lane({ ...{ cluster, time, placementId: () => standing.ownership.id }, ...special })
  const copies = lane({
    topic: copyTopic,
    timeoutMs: COPY_MS,
    transfer: uploadTo(cluster, largeCopyTopic),
  })
  const reads = lane({
    topic: readTopic,
    timeoutMs: READ_MS,
    lateMs: LATE_READ_MS,
    transfer: downloadFrom(cluster, largeReadTopic),
  })
  const writes = () =>
    lane({
      topic: writeTopic,
      timeoutMs: MAX_TIMEOUT_MS,
      transfer: uploadTo(cluster, largeWriteTopic),
    })
  const isFewEnough = settings.whenFewCopies === 'mark'
  const coordinator = new Coordinator({ ...parts, copies, self: cluster.view.self.name, isFewEnough })
  const reader = new Reader({
    ...{ ...parts, lane: reads, timeoutMs: settings.requestTimeoutMs },
    isStaleServed: settings.inMinority === 'serve-stale',
    repair: (member, key, entry) => {
      const deadline = time.now() + COPY_MS
      copies.post(member, new Copy({ key, entry, basis: REPAIR, deadline, copied: () => {} }))
    },
  })
  const writer = new Writer({
    ...{ time, standing, coordinator },
    ...{ lane: writes(), slowLane: writes() },
    giveUpLane: lane({ topic: giveUpTopic, timeoutMs: COPY_MS }),
    wrote: ({ key, partition }) => near?.wrote(key, partition, time.now()),
  })
  serveReads({ ...parts, nearLeaseMs })
  serveWrites({ ...parts, coordinator })
  serveCopies({
    ...parts,
    goesFirst: (key, other) => coordinator.goesFirst(key, other),
    underWay: (key) => coordinator.underWay(key),
    blindOnes: (key) => coordinator.blindOnes(key),
  })
  servePulls(parts)
  const invalidator = new Invalidator(parts)
  standing.start()
  void sweep(time, standing, store)
  return { store, clock, standing, reader, writer, invalidator }
}
