// Lifeguard's own test (arXiv 1707.00788, "interval experiment") in virtual time: some members are blocked for a
// window, run for a moment, and are blocked again, over and over. Who is never blocked is healthy, and whoever calls
// it failed is wrong. Two members die for good meanwhile: those must be found as fast as ever.
import type { CoreOptions } from '@rollcall/membership/internal'
import { disagreement } from './invariants/settled.ts'
import { realParts } from './real-parts.ts'
import { Simulation } from './simulation.ts'

/** How a member is blocked: the whole process stops, or only its messages wait while its timers run. */
export type Blocking = 'process' | 'messages'

/** One run. */
export interface BlockedRun {
  readonly seed: number
  readonly detector: CoreOptions['detector']
  readonly members: number
  /** How many are blocked at once. */
  readonly blocked: number
  readonly blocking: Blocking
  readonly windowMs: number
  /** How long they run in between. */
  readonly gapMs: number
  readonly forMs: number
}

/** What came of it. */
export interface BlockedResult {
  /** `member-failed` events about members that were never blocked and live, in any view. */
  readonly falseFailed: number
  /** Those of them that a member told which was never blocked itself. */
  readonly falseFailedAtHealthy: number
  /** `member-suspected` events about the same members, in any view. */
  readonly falseSuspected: number
  /** From a death to `failed` in the last healthy view: of a member whose host is lost, and of one that is stopped and stays so. */
  readonly failedMs: readonly number[]
}

const FORMING_MS = 60_000
const REST_MS = 2000

/** Forms a cluster, includes and kills, and counts. */
export function runBlockedMembers(run: BlockedRun): BlockedResult {
  const simulation = new Simulation({ ...realParts, seed: run.seed, detector: run.detector })
  const labels = simulation.addMembers(run.members).map(({ label }) => label)
  simulation.runUntil(() => simulation.clock.now % 50 === 0 && !disagreement(simulation), FORMING_MS)
  simulation.run(REST_MS)
  const blocked = labels.slice(0, run.blocked)
  const [stuck, dying] = labels.slice(-2) as [string, string]
  const start = simulation.clock.now
  for (const label of blocked) blockOverAndOver(simulation, run, label, start + run.forMs)
  simulation.clock.at(start + run.forMs / 4, () => simulation.kill(dying, { address: 'vanishes-first' }))
  simulation.clock.at(start, () => simulation.freeze(stuck))
  simulation.run(run.forMs)
  const healthy = new Set(
    labels.filter((label) => !blocked.includes(label) && label !== dying && label !== stuck),
  )
  const told = simulation.transcript.entries.filter(({ isStep, at }) => !isStep && at >= start)
  const about = (type: string, isSubject: (name: string) => boolean) =>
    told.filter(({ what }) => what.startsWith(`${type} `) && isSubject(what.split(' ')[1] as string))
  const falseFailed = about('member-failed', (name) => healthy.has(name))
  return {
    falseFailed: falseFailed.length,
    falseFailedAtHealthy: falseFailed.filter(({ who }) => healthy.has(who)).length,
    falseSuspected: about('member-suspected', (name) => healthy.has(name)).length,
    failedMs: [
      { name: dying, at: start + run.forMs / 4 },
      { name: stuck, at: start },
    ].map(({ name, at }) => {
      const verdicts = about('member-failed', (subject) => subject === name)
      const firsts = [...healthy].map(
        (who) => verdicts.find((verdict) => verdict.who === who)?.at ?? Number.POSITIVE_INFINITY,
      )
      return Math.max(...firsts) - at
    }),
  }
}

/** Blocks one member for a window after each gap. They are not in step: each starts somewhere in the first round. */
function blockOverAndOver(simulation: Simulation, run: BlockedRun, label: string, until: number): void {
  const { windowMs, gapMs, blocking } = run
  const block = () => {
    const { clock } = simulation
    if (clock.now >= until) return
    if (blocking === 'process') simulation.freeze(label, windowMs)
    else simulation.holdMessages(label, windowMs)
    clock.after(windowMs + gapMs, block)
  }
  simulation.clock.after(simulation.random.stream(`${label} blocked`).between(0, gapMs), block)
}
