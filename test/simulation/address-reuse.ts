// Two clusters whose members die and start all the time at addresses that the other cluster has just had, as in a Kubernetes
// where the IPs of pods are given out again. In every other pair both use the same names.
import { type CheckFactory, RandomStream, realParts, type SimMember, Simulation } from '@rollcall/testkit'

const OTHER_CLUSTER = 'foreign'
const MEMBERS = 5
/** Members of each that change places at once. */
const AT_ONCE = 2
/** Reuses in one run: then everything begins anew, with another seed. */
const REUSES_PER_RUN = 80

/** How it went. */
export interface ReuseResult {
  /** Members that were started at an address that one of the other cluster had before. */
  reuses: number
  /** Members of one cluster that were in a view of the other. */
  readonly admitted: string[]
  /** Hellos that were refused because they came from the other cluster. */
  refused: number
  /** Members that their own cluster did not hold alive in the end. */
  readonly missing: string[]
}

type CreateCore = typeof realParts.createCore

/** Has addresses reused so often. */
export function reuseAddresses(
  reuses: number,
  firstSeed: number,
  createCore: CreateCore = realParts.createCore,
): ReuseResult {
  const result: ReuseResult = { reuses: 0, admitted: [], refused: 0, missing: [] }
  for (let seed = firstSeed; result.reuses < reuses; seed++) {
    reuseInOneRun(Math.min(REUSES_PER_RUN, reuses - result.reuses), seed, createCore, result)
  }
  return result
}

function reuseInOneRun(reuses: number, seed: number, createCore: CreateCore, result: ReuseResult): void {
  const random = new RandomStream(seed).stream('reuse')
  const noteAdmitted: CheckFactory = () => ({
    event: (observer, event) => {
      if ('view' in event) noteForeign(simulation, observer, result)
    },
  })
  const simulation: Simulation = new Simulation({ ...realParts, createCore, seed, checks: [noteAdmitted] })
  simulation.addMembers(MEMBERS)
  const prefix = seed % 2 === 0 ? 'm' : 'f'
  for (let i = 0; i < MEMBERS; i++) {
    simulation.addMember(`${prefix}-${i}`, { label: `f-${i}`, cluster: OTHER_CLUSTER })
  }
  simulation.run(5000)
  const end = result.reuses + reuses
  while (result.reuses < end) {
    const first = random.below(MEMBERS)
    for (let i = first; i < first + AT_ONCE; i++) {
      changePlaces(simulation, `m-${i % MEMBERS}`, `f-${i % MEMBERS}`)
      result.reuses += 2
    }
    simulation.run(random.pick([50, 500, 2000]))
  }
  simulation.run(20_000)
  for (const member of simulation.live()) {
    noteForeign(simulation, member, result)
    noteMissing(simulation, member, result)
    result.refused += member.process.core.counters['refused-4002'] ?? 0
  }
}

/** Both die, and both start anew where the other one was. */
function changePlaces(simulation: Simulation, one: string, other: string): void {
  const both = [simulation.member(one), simulation.member(other)] as const
  for (const { label } of both) simulation.kill(label, { address: 'vanishes' })
  for (const [member, place] of [both, [...both].reverse()] as [SimMember, SimMember][]) {
    const { ip } = place.process.host
    simulation.addMember(member.name, { label: member.label, cluster: member.cluster, ip })
  }
}

function noteForeign(simulation: Simulation, observer: SimMember, { admitted }: ReuseResult): void {
  for (const { name, instance } of observer.process.core.view.members) {
    const life = simulation.lives.find((each) => each.life.instance === instance)
    if (life?.cluster !== observer.cluster) admitted.push(`${name} of ${life?.cluster} in ${observer.label}`)
  }
}

function noteMissing(simulation: Simulation, observer: SimMember, { missing }: ReuseResult): void {
  const { members } = observer.process.core.view
  for (const { life, cluster } of simulation.live()) {
    const isHeld = members.some(({ instance, state }) => instance === life.instance && state === 'alive')
    if (cluster === observer.cluster && !isHeld) missing.push(`${life.name} in ${observer.label}`)
  }
}
