// Every member's event loop stands still for a second now and then, as long garbage collections and heavy requests
// make it: all are slow in turn, and nobody is dead.
import { setTimeout as pause } from 'node:timers/promises'
import { nowMs } from '../harness/clock.ts'
import { falseAlarms } from '../harness/false-alarms.ts'
import { type Context, type Group, rest, withCluster } from '../harness/group.ts'
import { LoopbackSite } from '../harness/loopback-site.ts'

const BLOCK_MS = 1000
const MEAN_PAUSE_MS = 10_000

export const blockedLoops: Group = {
  rows: ['blocked-loops'],
  sizes: [16],
  measure: (context, size) =>
    withCluster(LoopbackSite.open, size, async (cluster) => {
      context.progress(`blocked loops, ${size} members`)
      await rest(cluster)
      const startMs = nowMs()
      const spanMs = context.span(600)
      let blocks = 0
      await Promise.all(
        cluster.members.map(({ process }) => {
          const pausesMs = drawPauses(context, spanMs)
          blocks += pausesMs.length
          return process.request('block-loop', { pausesMs, blockMs: BLOCK_MS })
        }),
      )
      await pause(startMs + spanMs - nowMs())
      await cluster.whole()
      const notes = [`${blocks} blocks of ${BLOCK_MS} ms`]
      return [falseAlarms('blocked-loops', size, { events: await cluster.takeEvents(), startMs, notes })]
    }),
}

/** Exponentially distributed, so that blocks of several members coincide as chance has it; as many as fit. */
function drawPauses({ random }: Context, spanMs: number): number[] {
  const pauses: number[] = []
  for (let left = spanMs; ; left -= BLOCK_MS) {
    const pauseMs = Math.round(-Math.log(1 - random.below(1e6) / 1e6) * MEAN_PAUSE_MS)
    left -= pauseMs
    if (left < BLOCK_MS) return pauses
    pauses.push(pauseMs)
  }
}
