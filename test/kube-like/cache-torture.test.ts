// A small round of `npm run torture`: what it finds here is a loss on any machine.
import { expect, it } from 'vitest'
import { whyNoKubeLike } from './support/requirements.ts'
import { actLine } from './torture/report.ts'
import { cacheTarget } from './torture/target.ts'
import { torture } from './torture/torture.ts'
import { judge } from './torture/verdict.ts'

const obstacle = whyNoKubeLike()
if (obstacle !== undefined) console.warn(`skipped: tests in a cluster of namespaces: ${obstacle}`)

const small = {
  keys: 500,
  valueBytes: 100,
  clients: 8,
  pauseMs: 20,
  rounds: 1,
  addedPods: 1,
  kills: 1,
  cuts: 0,
  freezes: 0,
  restMs: 200,
  seed: 1,
}

it.skipIf(obstacle !== undefined)(
  'loses nothing of what the cache has acknowledged when its pods are restarted, scaled and killed',
  async () => {
    const { spec, ...rest } = cacheTarget()
    const readinessProbe = { path: '/readyz', port: 'http', periodSeconds: 0.25, failureThreshold: 1 }
    const quick = { ...spec, readinessProbe, env: { ...spec.env, DRAIN_MS: '1000' } }
    const acts = await torture({ ...rest, spec: quick }, small, () => {})
    const [lost, wrong, , accused] = judge(acts)
    const seen = acts.map(actLine).join('\n')
    expect(lost?.value, seen).toBe(0)
    expect(wrong?.value, seen).toBe(0)
    expect(accused?.value, seen).toBe(0)
    expect(
      acts.filter(({ kind, failures }) => kind === 'SIGKILL' && failures > 0).length,
      seen,
    ).toBeGreaterThan(0)
  },
)
