// Pods for tests of pure functions: only what these look at.
import type { MemberState } from '@rollcall/membership'
import type { Pod } from '../src/cluster/pod.ts'

/** A pod that runs and sees all of `names` in these states, alive where none is given. */
export function pod(name: string, names: readonly string[], states: Record<string, MemberState> = {}): Pod {
  const members = names.map((other) => {
    const state = states[other] ?? 'alive'
    return { name: other, generation: 1000, state, since: 0, address: '127.0.1.1:7946' }
  })
  return {
    name,
    status: 'running',
    cut: false,
    generations: [1000],
    generation: 1000,
    joiningAtMs: 0,
    place: { config: { advertise: '127.0.1.1:7946' } },
    process: { pid: 4711 },
    view: { id: 'one', members },
    viewAtMs: 10,
    rttMs: Object.fromEntries(names.map((other) => [other, 0.42])),
    isolated: false,
  } as unknown as Pod
}

/** So many pods, all of which see all others. */
export function pods(count: number): Pod[] {
  const names = Array.from({ length: count }, (_, ordinal) => `pod-${ordinal}`)
  return names.map((name) => pod(name, names))
}
