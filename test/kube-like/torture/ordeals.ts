// What happens to the pods in one round, in order.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeLike } from '../support/kube-like.ts'
import type { StatefulSet } from '../support/stateful-set/stateful-set.ts'
import type { TortureOptions } from './torture.ts'

export type ActKind =
  | 'calm'
  | 'rolling restart'
  | 'scaling'
  | 'SIGKILL'
  | 'SIGKILL and no address'
  | 'cut'
  | 'freeze'
  | 'reading all'

export interface Ordeal {
  readonly kind: ActKind
  readonly text: string
  readonly work: () => Promise<unknown>
}

export const DEADLINE = { deadlineMs: 180_000 }
/** Long enough for the others to take a pod for dead, and to go on without it. */
const AWAY_MS = 10_000

export function ordeals(kube: KubeLike, set: StatefulSet, options: TortureOptions, round: number): Ordeal[] {
  const { replicas } = set.spec
  const times = (count: number, ordeal: (i: number) => Ordeal) =>
    Array.from({ length: count }, (_, i) => ordeal(i))
  return [
    { kind: 'calm', text: 'nothing', work: async () => {} },
    {
      kind: 'rolling restart',
      text: `restarting ${replicas} pods, one by one`,
      work: () => set.rollingRestart(DEADLINE),
    },
    ...(options.addedPods > 0 ? [scaling(set, replicas + options.addedPods), scaling(set, replicas)] : []),
    // In turn: its container is started again where it was, or another pod takes its place.
    ...times(options.kills, (i) => ((i + round) % 2 === 0 ? kill(set, i) : killAndReplace(set, i))),
    ...times(options.cuts, (i) => cut(kube, set, i)),
    ...times(options.freezes, (i) => freeze(set, i)),
  ]
}

function scaling(set: StatefulSet, to: number): Ordeal {
  return { kind: 'scaling', text: `scaling to ${to}`, work: () => set.scale(to, DEADLINE) }
}

function kill(set: StatefulSet, i: number): Ordeal {
  const { name, ordinal } = nth(set, i)
  const work = async () => {
    await set.killPod(ordinal)
    await set.ready(DEADLINE)
  }
  return { kind: 'SIGKILL', text: `killing ${name}, started again in place`, work }
}

function killAndReplace(set: StatefulSet, i: number): Ordeal {
  const { name, ordinal } = nth(set, i)
  const work = async () => {
    await set.deletePod(ordinal, 0)
    await set.ready(DEADLINE)
  }
  return { kind: 'SIGKILL and no address', text: `killing ${name}, and its address with it`, work }
}

function cut(kube: KubeLike, set: StatefulSet, i: number): Ordeal {
  const { name } = nth(set, i)
  const work = async () => {
    const others = set.pods.map((pod) => pod.name).filter((other) => other !== name)
    await kube.cut([name], others)
    await sleep(AWAY_MS)
    await kube.heal()
    await set.ready(DEADLINE)
  }
  return { kind: 'cut', text: `cutting ${name} off from the others, and back`, work }
}

function freeze(set: StatefulSet, i: number): Ordeal {
  const { name, ordinal } = nth(set, i)
  const work = async () => {
    await set.freezePod(ordinal)
    await sleep(AWAY_MS)
    await set.thawPod(ordinal)
    await set.ready(DEADLINE)
  }
  return { kind: 'freeze', text: `freezing ${name}, and back`, work }
}

function nth({ spec }: StatefulSet, i: number): { name: string; ordinal: number } {
  const ordinal = i % spec.replicas
  return { name: `${spec.name}-${ordinal}`, ordinal }
}
