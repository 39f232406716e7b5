// What must hold in a quiet cluster: equal views, one link per pair, little traffic, bounded memory.
import { type CoreMember, sameLife } from '@rollcall/membership/internal'
import { InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'

/** What members that agree hold in common, as text. */
function essence(member: CoreMember | undefined): string {
  if (member === undefined) return 'nothing'
  const { name, generation, instance, incarnation, leaving, addresses, metadata } = member
  const state = member.state === 'suspect' ? 'alive' : member.state
  return `${name} ${generation} ${instance} ${incarnation} ${state} ${leaving} ${addresses} [${metadata}]`
}

/** Whether two hold the same of a member; put into words only where that is not plain to see. */
function isSame(a: CoreMember | undefined, b: CoreMember | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const isPlain = a.state === b.state && a.addresses === b.addresses && a.metadata === b.metadata
  const isAlike = a.incarnation === b.incarnation && a.leaving === b.leaving
  return (isPlain && isAlike && sameLife(a, b)) || essence(a) === essence(b)
}

/** The first difference between the views of the live members, or with the truth; undefined when they agree. */
export function disagreement(simulation: Simulation): { text: string; about: string[] } | undefined {
  const live = simulation.live()
  const [first] = live
  if (!first) return undefined
  const expected = first.process.core.view
  const wanted = expected.members
  for (const member of live) {
    const { view } = member.process.core
    for (let i = 0; i < Math.max(wanted.length, view.members.length); i++) {
      if (isSame(wanted[i], view.members[i])) continue
      return differ(first, member, essence(wanted[i]), essence(view.members[i]))
    }
    if (view.id !== expected.id) return differ(first, member, `view id ${expected.id}`, `view id ${view.id}`)
  }
  return untruth(live, expected.members)
}

/** Exactly the live ones are alive, and none of them is under suspicion anywhere. */
function untruth(
  live: SimMember[],
  members: readonly CoreMember[],
): { text: string; about: string[] } | undefined {
  const instances = new Set(live.map((member) => member.life.instance))
  for (const member of members) {
    const isPresent = member.state === 'alive' || member.state === 'suspect'
    if (isPresent === instances.has(member.instance)) continue
    return { text: `all hold ${member.name} ${member.state}, wrongly`, about: [member.name] }
  }
  for (const { name, label } of live) {
    if (!members.some((member) => member.name === name))
      return { text: `nobody knows ${label}`, about: [name] }
  }
  return undefined
}

function differ(a: SimMember, b: SimMember, wanted: string, got: string): { text: string; about: string[] } {
  const names = [wanted.split(' ')[0] ?? '', got.split(' ')[0] ?? '']
  return {
    text: `${a.label} holds "${wanted}", ${b.label} holds "${got}"`,
    about: [a.label, b.label, ...names],
  }
}

/** Throws unless all live members hold the same, true view. */
export function checkAgreement(simulation: Simulation): void {
  const found = disagreement(simulation)
  if (found) throw new InvariantError('agreement', simulation.clock.now, found.text, found.about)
}

/**
 * Throws unless each pair of live members has exactly one open link, and the cores know just these. One that went
 * without a word (or whose last word a cut swallowed) may still be linked: nothing has told the kernel.
 */
export function checkLinks(simulation: Simulation): void {
  const live = simulation.live()
  const byLoop = new Map(live.map((member) => [member.process.loop, member]))
  for (const member of live) {
    const open = member.process.openPeers().flatMap((loop) => byLoop.get(loop) ?? [])
    const known = member.process.core.links().map((link) => link.peer.instance)
    for (const other of live) {
      if (other === member) continue
      const links = open.filter((each) => each === other).length
      if (links !== 1) failLinks(simulation, member, `${links} links with ${other.label}`, other.name)
      const inCore = known.filter((instance) => instance === other.life.instance).length
      if (inCore !== 1)
        failLinks(simulation, member, `${inCore} links with ${other.label} in its core`, other.name)
    }
    if (open.includes(member)) failLinks(simulation, member, 'a link with itself')
    const gone = member.process.openPeers().filter((loop) => !byLoop.has(loop))
    if (new Set(gone).size < gone.length)
      failLinks(simulation, member, 'two links with a member that is gone')
  }
}

function failLinks(simulation: Simulation, member: SimMember, text: string, ...about: string[]): never {
  throw new InvariantError('links', simulation.clock.now, `${member.label} has ${text}`, [
    member.label,
    ...about,
  ])
}

/** How long after a cut a kernel may still send again what a process wrote during it. */
const RETRANSMIT_MS = 70_000

/** Lets time pass until nothing that was sent into a cut or to a frozen process is still on its way. */
export function runUntilDelivered(simulation: Simulation): void {
  simulation.runUntil(() => !simulation.network.hasLateBytes, RETRANSMIT_MS)
}

/** Lets a quiet cluster run on, and throws when a member sends or works more than it may. */
export function checkQuiet(simulation: Simulation, windowMs: number): void {
  const live = simulation.live()
  const before = live.map((member) => ({ ...member.process.totals }))
  const lastNewsAt = simulation.transcript.entries.at(-1)?.at ?? 0
  const isNewsOver = simulation.clock.now - lastNewsAt > simulation.bounds.newsMs
  simulation.run(windowMs)
  const { bounds } = simulation
  const perSecond = 1000 / windowMs
  for (const [i, member] of live.entries()) {
    const { totals, sockets } = member.process
    const frames = (totals.frames - (before[i]?.frames ?? 0)) * perSecond
    const bytes = (totals.bytes - (before[i]?.bytes ?? 0)) * perSecond
    const wakes = (totals.wakes - (before[i]?.wakes ?? 0)) * perSecond
    const over = (text: string): never => {
      throw new InvariantError('quiet', simulation.clock.now, `${member.label} ${text}`, [member.label])
    }
    if (frames > bounds.quietFramesPerSecond) over(`sends ${frames.toFixed(1)} frames a second`)
    if (isNewsOver && bytes > bounds.quietBytesPerSecond) over(`sends ${bytes.toFixed(0)} bytes a second`)
    if (wakes > bounds.quietWakesPerSecond) over(`wakes ${wakes.toFixed(1)} times a second`)
    if (sockets > bounds.sockets) over(`holds ${sockets} connections`)
  }
}
