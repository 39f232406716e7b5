// What the example's cache has to stand: clients write and read all the time, and all pods are restarted, more come and go,
// and each is killed once.
import { setTimeout as sleep } from 'node:timers/promises'
import { startKubeLike } from '../support/kube-like.ts'
import { httpStore } from '../support/load/http-store.ts'
import { type Experience, Load } from '../support/load/load.ts'
import { events } from '../support/pod/events.ts'
import type { StatefulSetSpec } from '../support/spec.ts'
import { type ActKind, DEADLINE, ordeals } from './ordeals.ts'

/** What is tortured: a store of keys and values over HTTP. */
export interface Target {
  readonly spec: StatefulSetSpec
  /** Name of the port for clients. */
  readonly port: string
  /** Path of the keys, such as `/cache/`. */
  readonly path: string
  /** How long a read may give a value after a newer one was acknowledged, as the target documents it. */
  readonly leaseMs: number
}

export interface TortureOptions {
  readonly keys: number
  readonly valueBytes: number
  /** Requests under way at a time. */
  readonly clients: number
  /** Pause of each client between its requests. */
  readonly pauseMs: number
  /** How often everything is done. */
  readonly rounds: number
  /** How many pods are added, and taken away again. */
  readonly addedPods: number
  /** How many pods are killed, cut off from the others for a while, and frozen for a while, one after the other. */
  readonly kills: number
  readonly cuts: number
  readonly freezes: number
  /** How long clients go on in peace before each round, and after each act. */
  readonly restMs: number
  readonly seed: number
}

/** What was done, and what clients met meanwhile. */
export interface Act {
  readonly kind: ActKind
  readonly text: string
  readonly seconds: number
  readonly experience: Experience
  /** How often a member said of another that it has failed. */
  readonly failures: number
}

/** How long a client waits for an answer, and for a connection, before it tries another pod. */
const TIMEOUT_MS = 1000
const CONNECT_TIMEOUT_MS = 200
/** One of so many writes is a deletion. */
const WRITES_PER_DELETION = 10
/** Keys that are read often enough to be kept elsewhere than with their owners. */
const HOT_KEYS = 4

/** Does it all; `say` is told what has been done. Rejects if pods do not get ready. */
export async function torture(
  { spec, port, path, leaseMs }: Target,
  options: TortureOptions,
  say: (act: Act) => void,
): Promise<Act[]> {
  await using kube = await startKubeLike({ seed: options.seed })
  const set = kube.apply(spec)
  await set.ready(DEADLINE)
  const load = new Load({
    ...options,
    leaseMs,
    deletions: 1 / WRITES_PER_DELETION,
    hotKeys: HOT_KEYS,
    store: httpStore(kube.client, {
      port: spec.ports?.[port] ?? 0,
      path,
      timeoutMs: TIMEOUT_MS,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    }),
    addresses: () => set.clientEndpoints.map(({ address }) => address),
  })
  const acts: Act[] = []
  let failures = 0
  const act = async (kind: ActKind, text: string, work: () => Promise<unknown>) => {
    const begin = performance.now()
    await work()
    const seconds = (performance.now() - begin) / 1000
    const before = failures
    failures = events(set.history).filter(({ type }) => type === 'member-failed').length
    const done = { kind, text, seconds, experience: load.takeExperience(), failures: failures - before }
    acts.push(done)
    say(done)
  }
  while (set.clientEndpoints.length < spec.replicas) await sleep(10)
  await act('calm', `writing ${options.keys} keys`, () => load.fill())
  load.start()
  for (let round = 0; round < options.rounds; round++) {
    for (const { kind, text, work } of ordeals(kube, set, options, round)) {
      await act(kind, text, async () => {
        await work()
        await sleep(options.restMs)
      })
    }
  }
  await load.stop()
  await sleep(leaseMs)
  await act('reading all', `reading ${load.history.acknowledgedKeys.length} acknowledged keys`, () =>
    load.readAll(),
  )
  return acts
}
