// Quorum: two sides of a partition are not both a majority for longer than the bound, where all members were given the
// same size and there never were more names than that, nor one that tells of more, or where all knew of each other
// before; and at rest each member says what is so.
import { type CheckFactory, InvariantError } from '../check.ts'
import { type Cut, separates } from '../routes.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { longestStall } from '../truth.ts'
import { namesEver, toldOf } from './own-quorum.ts'

/** A member that ran late by more may still believe what was so before. */
const LATE_MS = 100
const SECOND_MS = 1000

/** Whether no operator has said anything of the size since the start. */
function isUntold({ expectedSize, lives }: Simulation): boolean {
  return lives.every((each) => each.expectedSize === expectedSize)
}

/** Whether all members of a cluster were given the same size, and it never had more names, nor one that tells of more. */
function isPromised(simulation: Simulation, cluster: string): boolean {
  const { expectedSize } = simulation
  if (expectedSize === undefined || !isUntold(simulation)) return false
  const names = [...namesEver(simulation, cluster)]
  return names.length <= expectedSize && names.every((name) => toldOf(name, name) <= expectedSize)
}

/** Whether all members of a cluster know how many they are, and count each other. */
function isWhole(live: readonly SimMember[]): boolean {
  return live.every(({ process }) => {
    const { state, present, expected } = process.core.quorum
    return state === 'majority' && present === live.length && expected === live.length
  })
}

const ipOf = ({ process }: SimMember) => process.host.ip

/**
 * Whether a side of a cut may have grown unknown to the other: by a name that was on the other side, or by a new one that
 * came before its side knew that it was in no majority.
 */
function mayHaveGrown({ lives, bounds }: Simulation, cut: Cut, cluster: string): boolean {
  const own = lives.filter((each) => each.cluster === cluster)
  return own.some((one, index) => {
    if (one.startedAt < cut.since - SECOND_MS) return false
    const earlier = own.slice(0, index).filter(({ name }) => name === one.name)
    if (earlier.length === 0) return one.startedAt <= cut.since + bounds.standDownMs
    return earlier.some((each) => separates(cut, ipOf(one), ipOf(each)))
  })
}

/** Looks every second at the two sides of each cut that has lasted. */
export const quorum: CheckFactory = (simulation) => {
  /** Clusters that were whole a moment before a cut, by cut. */
  const wholeBefore = new Map<Cut, ReadonlySet<string>>()
  let whole = new Set<string>()

  const claimants = (live: readonly SimMember[], from: number): SimMember[] =>
    live.filter((member) => {
      const { state } = member.process.core.quorum
      return state === 'majority' && longestStall(member, from, simulation.clock.now) < LATE_MS
    })

  const check = (cut: Cut, live: readonly SimMember[]) => {
    const from = simulation.clock.now - simulation.bounds.standDownMs
    if (cut.since > from) return
    const [first, ...others] = claimants(live, from)
    const other = first && others.find((each) => separates(cut, ipOf(first), ipOf(each)))
    if (first === undefined || other === undefined) return
    const { cluster } = first
    // Who has started since may never have heard of the other side.
    const knew = [first, other].every(({ startedAt }) => startedAt < cut.since)
    const isKnown = knew && isUntold(simulation) && wholeBefore.get(cut)?.has(cluster)
    if (!isPromised(simulation, cluster) && (!isKnown || mayHaveGrown(simulation, cut, cluster))) return
    throw new InvariantError(
      'quorum',
      simulation.clock.now,
      `${first.label} and ${other.label} both say majority, on two sides of a cut`,
      [first.label, other.label],
    )
  }

  return {
    second() {
      const clusters = simulation.liveByCluster()
      for (const cut of simulation.network.routes.cuts) {
        if (!wholeBefore.has(cut)) wholeBefore.set(cut, whole)
        if (cut.isOneWay || cut.to !== undefined) continue
        for (const live of clusters) check(cut, live)
      }
      whole = new Set(clusters.filter(isWhole).flatMap(([first]) => first?.cluster ?? []))
    },
  }
}

/** Whether in each cluster all know their quorum or none does. */
export function isQuorumTold(simulation: Simulation): boolean {
  return simulation.liveByCluster().every((live) => {
    const known = live.filter(({ process }) => process.core.quorum.state !== 'unknown')
    return known.length === 0 || known.length === live.length
  })
}

/** Throws unless each member says majority when more than half of the given size are live, and minority when not. */
export function checkQuorum(simulation: Simulation): void {
  for (const live of simulation.liveByCluster()) checkQuorumAmong(simulation, live)
}

function checkQuorumAmong(simulation: Simulation, live: readonly SimMember[]): void {
  const [first] = live
  if (first === undefined) return
  const { expectedSize = 0 } = simulation
  const fail = ({ label, process }: SimMember, text: string): never => {
    const { state, present, expected } = process.core.quorum
    const said = `${label} says ${state}, ${present} of ${expected}`
    throw new InvariantError('quorum', simulation.clock.now, `${said}, but ${text}`, [label])
  }
  const isGiven = isPromised(simulation, first.cluster)
  const state = 2 * live.length > expectedSize ? 'majority' : 'minority'
  const isKnown = first.process.core.quorum.state !== 'unknown'
  for (const member of live) {
    const { core } = member.process
    if (isGiven && (core.quorum.state !== state || core.quorum.present !== live.length))
      fail(member, `${live.length} of ${expectedSize} are live`)
    // Where one knows, those that hold the same view have heard it.
    if ((core.quorum.state !== 'unknown') !== isKnown)
      fail(member, `${first.label} says ${first.process.core.quorum.state}`)
  }
}
