// Whether a pod is ready, for its log: when that changes, and why it is not.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '@rollcall/membership'
import type { Cache } from './cache.ts'

const LOOK_EVERY_MS = 100
/** So long a start may take, with DNS that is not up to date, before the log asks what is wrong. */
const NOT_READY_AFTER_MS = 5000
const NOT_READY_EVERY_MS = 30_000

/** Says when this pod is ready and when it is no more, with the reason, and again as long as that lasts; until it leaves. */
export async function readinessLog(
  cluster: Pick<Cluster, 'view' | 'diagnosis' | 'closed'>,
  cache: Pick<Cache, 'readiness'>,
  say: (text: string) => void,
): Promise<void> {
  let isOver = false
  void cluster.closed.then(() => {
    isOver = true
  })
  let wasReady = false
  let count = 0
  let tellAt = performance.now() + NOT_READY_AFTER_MS
  while (!isOver && !cluster.view.self.leaving) {
    const { isReady, text } = cache.readiness
    const isLost = wasReady && !isReady
    if (isReady && !wasReady) say(count++ === 0 ? 'is ready' : 'is ready again')
    if (isLost || (!isReady && performance.now() >= tellAt)) {
      say(`is not ready${isLost ? ' any more' : ''}: ${text} ${cluster.diagnosis().text}`)
      tellAt = performance.now() + NOT_READY_EVERY_MS
    }
    wasReady = isReady
    await sleep(LOOK_EVERY_MS, undefined, { ref: false })
  }
}
