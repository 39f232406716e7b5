// Quorum: where all members were given the same size, and there never were more names than that, two sides of a
// partition are not both a majority for longer than the bound; and at rest each member says what is so.
import { type CheckFactory, InvariantError } from '../check.ts'
import { separates } from '../routes.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { longestStall } from '../truth.ts'

/** A member that ran late by more may still believe what was so before. */
const LATE_MS = 100

/** The size given is that of the cluster under test; a foreign one beside it has another. */
function isPromised({ expectedSize, lives }: Simulation): boolean {
  const names = new Set(lives.map(({ name }) => name))
  const isOne = new Set(lives.map(({ cluster }) => cluster)).size <= 1
  return expectedSize !== undefined && isOne && names.size <= expectedSize
}

/** Looks every second at the two sides of each cut that has lasted. */
export const quorum: CheckFactory = (simulation) => {
  const claimants = (from: number): SimMember[] =>
    simulation.live().filter((member) => {
      const { state } = member.process.core.quorum
      return state === 'majority' && longestStall(member, from, simulation.clock.now) < LATE_MS
    })
  return {
    second() {
      const from = simulation.clock.now - simulation.bounds.standDownMs
      for (const cut of simulation.network.routes.cuts) {
        if (cut.isOneWay || cut.to !== undefined || cut.since > from || !isPromised(simulation)) continue
        const [first, ...others] = claimants(from)
        if (first === undefined) return
        const ipOf = ({ process }: SimMember) => process.host.ip
        const other = others.find((each) => separates(cut, ipOf(first), ipOf(each)))
        if (other === undefined) continue
        throw new InvariantError(
          'quorum',
          simulation.clock.now,
          `${first.label} and ${other.label} both say majority, on two sides of a cut`,
          [first.label, other.label],
        )
      }
    },
  }
}

/** Throws unless each member says majority when more than half of the given size are live, and minority when not. */
export function checkQuorum(simulation: Simulation): void {
  const { expectedSize = 0 } = simulation
  if (!isPromised(simulation)) return
  const live = simulation.live()
  const state = 2 * live.length > expectedSize ? 'majority' : 'minority'
  for (const { label, process } of live) {
    const { core } = process
    if (core.quorum.state === state && core.quorum.present === live.length) continue
    const said = `${label} says ${core.quorum.state}, ${core.quorum.present} of ${core.quorum.expected}`
    const text = `${said}, but ${live.length} of ${expectedSize} are live`
    throw new InvariantError('quorum', simulation.clock.now, text, [label])
  }
}
