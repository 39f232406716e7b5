// What the demo knows of a pod: what was done to it, and what it last reported.

import type { Place } from '../network/network.ts'
import type { SeenView } from '../reports.ts'
import type { PodProcess } from './pod-process.ts'

/**
 * What became of a pod's process. `leaving` until a pod that got SIGTERM has ended; `crashed` is what no action of
 * ours explains.
 */
export type PodStatus = 'starting' | 'running' | 'frozen' | 'leaving' | 'left' | 'killed' | 'crashed'

/** What a pod is, for a sentence that begins with its name. */
export const statusPhrases: Readonly<Record<PodStatus, string>> = {
  starting: 'is still starting',
  running: 'is running',
  frozen: 'is frozen: f thaws it',
  leaving: 'is leaving',
  left: 'has left: r restarts it',
  killed: 'was killed: r restarts it',
  crashed: 'has crashed: r restarts it',
}

/** A pod: a name with one life after another. */
export interface Pod {
  readonly name: string
  status: PodStatus
  /** Whether its place on the network is cut off. */
  cut: boolean
  /** Start times of all its lives that have joined, as announced by itself. */
  readonly generations: number[]
  /** That of the present life; undefined until it has joined. */
  generation: number | undefined
  /** When the present life called `join`. */
  joiningAtMs: number | undefined
  place: Place
  process: PodProcess
  view: SeenView | undefined
  /** When that view came about. */
  viewAtMs: number
  rttMs: Readonly<Record<string, number>>
  /** Whether it says of itself that it is isolated. */
  isolated: boolean
}

/** Whether its process can see the others and be seen. */
export function isReachable(pod: Pick<Pod, 'status' | 'cut'>): boolean {
  return (pod.status === 'starting' || pod.status === 'running') && !pod.cut
}

/** Whether it has a process. */
export function hasProcess(pod: Pick<Pod, 'status'>): boolean {
  return pod.status !== 'left' && pod.status !== 'killed' && pod.status !== 'crashed'
}
