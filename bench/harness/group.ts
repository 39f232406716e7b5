// What a group of rows is: one piece of work that yields one or more rows at a number of members.
import { setTimeout as pause } from 'node:timers/promises'
import type { Result, Sample } from '../report/result.ts'
import type { RowName } from '../targets.ts'
import { BenchCluster, type BenchMember, type Outcome, type ToldEvent } from './bench-cluster.ts'
import type { Random } from './random.ts'
import type { Site } from './site.ts'

/** What a group is given. */
export interface Context {
  readonly random: Random
  /** How many runs: the wish of the caller, else the group's own number. */
  runs(usual: number): number
  /** A span of this many seconds, in milliseconds; shorter in quick mode. */
  span(seconds: number): number
  /** Says what is being done. */
  progress(text: string): void
}

/** Rows that are measured together. */
export interface Group {
  readonly rows: readonly RowName[]
  /** Numbers of members. */
  readonly sizes: readonly number[]
  /** Why it cannot be measured on this machine; undefined if it can. */
  skip?(): string | undefined
  measure(context: Context, size: number): Promise<Result[]>
}

/** Quiet time between two runs, so that one does not disturb the next. */
const REST_MS = 500

/** How often something timed is repeated: less often where a run takes long. */
export function usualRuns(size: number): number {
  return size > 16 ? 10 : 20
}

/** Waits until the cluster is whole and at rest, and forgets what its members were told so far. */
export async function rest(cluster: BenchCluster): Promise<void> {
  await cluster.whole()
  await pause(REST_MS)
  await cluster.takeEvents()
}

/** A random wait of 0 to 1 s, so that a fault meets every phase of the protocol. */
export function randomWait({ random }: Context): Promise<void> {
  return pause(random.below(1000))
}

/** A random member. */
export function pick({ random }: Context, members: readonly BenchMember[]): BenchMember {
  return members[random.below(members.length)] as BenchMember
}

/** Forms a cluster at a new site, with a shared key or without, hands it over, and removes everything afterwards. */
export async function withCluster<S extends Site, R>(
  open: () => Promise<S>,
  size: number,
  use: (cluster: BenchCluster, site: S) => Promise<R>,
  keyed = false,
): Promise<R> {
  const site = await open()
  let cluster: BenchCluster | undefined
  try {
    cluster = await BenchCluster.form(site, size, keyed)
    return await use(cluster, site)
  } finally {
    await cluster?.kill()
    await site.close()
  }
}

/** Does something so many times. */
export async function repeat<T>(
  context: Context,
  what: string,
  runs: number,
  act: (run: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = []
  for (let run = 1; run <= runs; run++) {
    context.progress(`${what}: run ${run} of ${runs}`)
    results.push(await act(run))
  }
  return results
}

/** The sample of an outcome that was waited for since `startMs`. */
export function sampleOf({ atMs, missing }: Outcome, startMs: number): Sample {
  const ms = atMs - startMs
  if (missing.length === 0) return { ms, reached: true }
  return { ms, reached: false, note: `waited ${Math.round(ms)} ms in vain for ${missing.join(', ')}` }
}

/** Events of this type about anyone but `name`. */
export function aboutOthers(events: readonly ToldEvent[], type: string, name: string): readonly ToldEvent[] {
  return events.filter((event) => event.type === type && event.name !== name)
}

/** An event in words. */
export function inWords({ toldTo, type, name, why }: ToldEvent): string {
  return `${toldTo} was told ${type}${name === undefined ? '' : ` ${name}`}${why === undefined ? '' : ` ${JSON.stringify(why)}`}`
}
