// `npm run bench:scale`: one large cluster in virtual time, in one thread. All start at once; then a minute passes in
// which 1 % of them die, one after the other: two thirds killed, the others frozen. Printed are the costs of the
// machine, and how long the last survivor took to know.
import { cpus } from 'node:os'
import type { CoreEvent } from '@rollcall/membership/internal'
import { type Check, realParts, type SimMember, Simulation } from '@rollcall/testkit'
import { wholeNumbersOrExit } from './whole-numbers.ts'

const MINUTE_MS = 60_000
const FORMING_DEADLINE_MS = 30_000
const LATENESS_MS = 1

const { members: count, seed } = wholeNumbersOrExit('npm run bench:scale', {
  members: { about: 'size of the cluster', byDefault: 1000, least: 8 },
  seed: { about: 'seed of all chance', byDefault: 1, least: 0 },
})

type Verdict = 'member-suspected' | 'member-failed'

/** Counts who has told what of whom, and notes when the last one did. */
class Verdicts implements Check {
  readonly #tellers = new Map<string, Set<string>>()
  readonly #lastAt = new Map<string, number>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  event(observer: SimMember, event: CoreEvent): void {
    if (event.type !== 'member-suspected' && event.type !== 'member-failed') return
    const key = `${event.type} ${event.member.name}`
    const tellers = this.#tellers.get(key) ?? new Set()
    this.#tellers.set(key, tellers.add(observer.label))
    this.#lastAt.set(key, this.#now())
  }

  /** When the last of so many had it, counted from `since`; undefined when not all have. */
  tookMs(verdict: Verdict, name: string, observers: number, since: number): number | undefined {
    const key = `${verdict} ${name}`
    const at = this.#lastAt.get(key)
    return at !== undefined && (this.#tellers.get(key)?.size ?? 0) >= observers ? at - since : undefined
  }

  get failed(): string[] {
    return [...this.#tellers.keys()]
      .filter((key) => key.startsWith('member-failed '))
      .map((key) => key.slice(14))
  }
}

interface Victim {
  readonly name: string
  readonly end: 'killed' | 'frozen'
  readonly at: number
}

const start = performance.now()
const seconds = () => ((performance.now() - start) / 1000).toFixed(1)
const mebibytes = () => Math.round(process.memoryUsage().rss / 2 ** 20)
const report = (what: string) =>
  console.log(`${seconds().padStart(6)} s ${String(mebibytes()).padStart(5)} MiB  ${what}`)

console.log(
  `${count} members, seed ${seed}, ${cpus().length} × ${cpus()[0]?.model}, Node ${process.versions.node}`,
)

let verdicts: Verdicts | undefined
// Membership alone: with sessions, too, every member would talk to others all the time.
const { createCore, codec } = realParts
const simulation = new Simulation({
  createCore,
  codec,
  seed,
  checks: [
    ({ clock }) => {
      verdicts = new Verdicts(() => clock.now)
      return verdicts
    },
  ],
})
for (const member of simulation.addMembers(count)) {
  // A loop that starts with a thousand peers is busy, and reads what has arrived meanwhile in one go.
  member.process.loop.lateness = () => LATENESS_MS
}
const isFormed = () =>
  simulation
    .live()
    .every(({ process: { core } }) => core.view.members.length === count && core.links().length === count - 1)
while (!isFormed() && simulation.clock.now < FORMING_DEADLINE_MS) simulation.run(50)
if (!isFormed()) throw new Error(`The cluster has not formed within ${FORMING_DEADLINE_MS} ms`)
report(`formed in ${simulation.clock.now} virtual ms`)

const deaths = Math.max(3, Math.round(count / 100))
const victims: Victim[] = []
const begun = simulation.clock.now
for (let i = 0; i < deaths; i++) {
  simulation.run((MINUTE_MS - 10_000) / deaths)
  const name = `m-${1 + i * Math.floor((count - 1) / deaths)}`
  const end = i % 3 === 2 ? 'frozen' : 'killed'
  victims.push({ name, end, at: simulation.clock.now })
  if (end === 'killed') simulation.kill(name)
  else simulation.freeze(name)
}
simulation.run(begun + MINUTE_MS - simulation.clock.now)
report(`a minute later, ${deaths} of them dead`)

/** The median and the longest, of those that all survivors have. */
function describe(verdict: Verdict, end: Victim['end']): string {
  const ours = victims.filter((victim) => victim.end === end)
  const times = ours
    .map(({ name, at }) => verdicts?.tookMs(verdict, name, count - deaths, at))
    .filter((tookMs) => tookMs !== undefined)
    .sort((a, b) => a - b)
  const middle = times[Math.floor(times.length / 2)]
  return `${middle?.toFixed(0)} ms (longest ${times.at(-1)?.toFixed(0)} ms, ${times.length} of ${ours.length} known to all)`
}

const dead = new Set(victims.map(({ name }) => name))
console.log(`killed: failed after ${describe('member-failed', 'killed')}`)
console.log(`frozen: suspect after ${describe('member-suspected', 'frozen')}`)
console.log(`frozen: failed after ${describe('member-failed', 'frozen')}`)
console.log(`others called failed: ${verdicts?.failed.filter((name) => !dead.has(name)).length}`)
console.log(`highest memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`)
