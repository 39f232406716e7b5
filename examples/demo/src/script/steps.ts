// All that can be done in the demo, once each and in order.
import { nowMs } from '../clock.ts'
import type { Playground } from '../cluster/playground.ts'
import type { Pod } from '../cluster/pod.ts'
import { type Act, round, type Stage, type Step } from './step.ts'

const PODS = 5
const nothing = { subject: undefined, mayBe: [], alone: false }
const goneEvents = ['member-suspected', 'member-failed'] as const

/** The script. */
export const steps: readonly Step[] = [
  {
    name: 'start',
    async act({ playground }) {
      const startedAtMs = nowMs()
      const pods = await Promise.all(Array.from({ length: PODS }, () => playground.add()))
      const joined = () => Math.max(...pods.map((pod) => pod.joiningAtMs ?? Number.NaN))
      return {
        startedAtMs: () => startedAtMs,
        fate: nothing,
        detail: () =>
          `${PODS} pods agree, measured from the start of their processes; ${since(joined(), last(pods))} after the last one called join`,
      }
    },
  },
  {
    name: 'add',
    async act({ playground }) {
      const pod = await playground.add()
      return {
        startedAtMs: () => pod.joiningAtMs ?? Number.NaN,
        fate: nothing,
        detail: () => `${pod.name} is in all views, measured from its call of join`,
      }
    },
  },
  {
    name: 'kill',
    async act({ playground }) {
      const pod = podNamed(playground, 'pod-1')
      const startedAtMs = nowMs()
      playground.kill(pod)
      return gone(pod, startedAtMs, `${pod.name} got SIGKILL and has failed in all views`)
    },
  },
  {
    name: 'freeze',
    async act(stage) {
      const pod = podNamed(stage.playground, 'pod-2')
      const startedAtMs = nowMs()
      stage.playground.freeze(pod)
      const act = gone(pod, startedAtMs, `${pod.name} got SIGSTOP and has failed in all views`)
      const suspected = () => timeOf(stage, 'member-suspected', pod.name, startedAtMs)
      return { ...act, detail: () => `${act.detail()}; first suspected after ${suspected()}` }
    },
  },
  {
    name: 'thaw',
    async act({ playground }) {
      const pod = podNamed(playground, 'pod-2')
      const startedAtMs = nowMs()
      playground.thaw(pod)
      return {
        startedAtMs: () => startedAtMs,
        fate: nothing,
        detail: () => `${pod.name} got SIGCONT and is alive in all views`,
      }
    },
  },
  {
    name: 'leave',
    async act({ playground }) {
      const pod = podNamed(playground, 'pod-3')
      const startedAtMs = nowMs()
      playground.leave(pod)
      return {
        startedAtMs: () => startedAtMs,
        fate: { subject: pod.name, mayBe: ['member-leaving', 'member-left'], alone: false },
        alsoMissing: () => (pod.status === 'left' ? undefined : `the process of ${pod.name} has not ended`),
        detail: () => `${pod.name} got SIGTERM, said goodbye and ended; nobody took it for failed`,
      }
    },
  },
  {
    name: 'restart',
    async act({ playground }) {
      const pod = podNamed(playground, 'pod-4')
      const before = address(pod)
      await playground.restart(pod)
      return {
        startedAtMs: () => pod.joiningAtMs ?? Number.NaN,
        fate: { subject: pod.name, mayBe: [...goneEvents, 'member-restarted'], alone: false },
        alsoMissing: () => (address(pod) === before ? `${pod.name} still has address ${before}` : undefined),
        detail: () =>
          `${pod.name} is in all views at ${address(pod)}, before ${before}, measured from its call of join`,
      }
    },
  },
  {
    name: 'cut',
    async act(stage) {
      const pod = podNamed(stage.playground, 'pod-2')
      const startedAtMs = nowMs()
      await stage.playground.cut(pod)
      const isolated = () => timeOf(stage, 'isolated', undefined, startedAtMs)
      return {
        startedAtMs: () => startedAtMs,
        fate: { subject: pod.name, mayBe: goneEvents, alone: true },
        alsoMissing: () => (pod.isolated ? undefined : `${pod.name} does not say that it is isolated`),
        detail: () =>
          `${pod.name} is cut off and failed for the others; called itself isolated after ${isolated()}`,
      }
    },
  },
  {
    name: 'rejoin',
    async act({ playground }) {
      const pod = podNamed(playground, 'pod-2')
      const startedAtMs = nowMs()
      await playground.rejoin(pod)
      return {
        startedAtMs: () => startedAtMs,
        // A verdict of the lonely time may come a moment late.
        fate: { subject: pod.name, mayBe: goneEvents, alone: true },
        alsoMissing: () => (pod.isolated ? `${pod.name} still says that it is isolated` : undefined),
        detail: () => `${pod.name} can be reached again; all views are one`,
      }
    },
  },
]

function gone(pod: Pod, startedAtMs: number, detail: string): Act {
  return {
    startedAtMs: () => startedAtMs,
    fate: { subject: pod.name, mayBe: goneEvents, alone: false },
    detail: () => detail,
  }
}

function podNamed(playground: Playground, name: string): Pod {
  const pod = playground.pods.find((candidate) => candidate.name === name)
  if (pod === undefined) throw new Error(`${name} does not exist`)
  return pod
}

/** When the first report of its kind came. */
function timeOf(stage: Stage, change: string, about: string | undefined, startedAtMs: number): string {
  const found = stage.observed.find(({ report }) => report.change === change && report.about === about)
  return found === undefined ? 'never' : since(startedAtMs, found.atMs)
}

function since(startedAtMs: number, atMs: number): string {
  return `${round(atMs - startedAtMs)} ms`
}

function last(pods: readonly Pod[]): number {
  return Math.max(...pods.map((pod) => pod.viewAtMs))
}

function address(pod: Pod): string {
  return pod.place.config.advertise
}
