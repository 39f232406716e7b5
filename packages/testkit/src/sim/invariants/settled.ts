// What must hold in a quiet cluster: equal views, one link per pair, little traffic, bounded memory.
import { type CoreMember, type CoreView, isTerminal, sameLife } from '@rollcall/membership/internal'
import { InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'

/** What members that agree hold in common, as text. */
function essence(member: CoreMember | undefined): string {
  if (member === undefined) return 'nothing'
  const { name, generation, instance, incarnation, leaving, addresses, metadata } = member
  const state = member.state === 'suspect' ? 'alive' : member.state
  const data = metadata.length > 16 ? digest(metadata) : metadata
  return `${name} ${generation} ${instance} ${incarnation} ${state} ${leaving} ${addresses} [${data}]`
}

/** A large record in a few characters. */
function digest(bytes: Uint8Array): string {
  let hash = bytes.length
  for (const byte of bytes) hash = (Math.imul(hash, 31) + byte) | 0
  return `${bytes.length} bytes, ${hash}`
}

/** Whether two hold the same of a member; put into words only where that is not plain to see. */
function isSame(a: CoreMember | undefined, b: CoreMember | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const isPlain = a.state === b.state && a.addresses === b.addresses && a.metadata === b.metadata
  const isAlike = a.incarnation === b.incarnation && a.leaving === b.leaving
  return (isPlain && isAlike && sameLife(a, b)) || essence(a) === essence(b)
}

/** What is wrong with some views. */
interface Disagreement {
  readonly text: string
  readonly about: string[]
}

/** The first difference between the views of a cluster's live members, or with the truth; undefined if they agree. */
export function disagreement(simulation: Simulation): Disagreement | undefined {
  // Each member forgets the dead by its own clock, so for a while some still hold them and some do not.
  const isForgetting = simulation.clock.now > simulation.protocol.forgetAfterMs
  for (const live of simulation.liveByCluster()) {
    const found = disagreementAmong(live, isForgetting)
    if (found) return found
  }
  return undefined
}

function disagreementAmong(live: SimMember[], isForgetting: boolean): Disagreement | undefined {
  const [first] = live
  if (!first) return undefined
  const compared = ({ members }: CoreView) =>
    isForgetting ? members.filter(({ state }) => !isTerminal(state)) : members
  const expected = first.process.core.view
  const wanted = compared(expected)
  for (const member of live) {
    const { view } = member.process.core
    const held = compared(view)
    for (let i = 0; i < Math.max(wanted.length, held.length); i++) {
      if (isSame(wanted[i], held[i])) continue
      return differ(first, member, essence(wanted[i]), essence(held[i]))
    }
    if (view.id !== expected.id) return differ(first, member, `view id ${expected.id}`, `view id ${view.id}`)
  }
  return untruth(live, wanted)
}

/** Exactly the live ones are alive. */
function untruth(live: SimMember[], members: readonly CoreMember[]): Disagreement | undefined {
  const instances = new Set(live.map((member) => member.life.instance))
  for (const member of members) {
    const isPresent = !isTerminal(member.state)
    if (isPresent !== instances.delete(member.instance))
      return { text: `all hold ${member.name} ${member.state}, wrongly`, about: [member.name] }
  }
  const missing = live.find((member) => instances.has(member.life.instance))
  return missing && { text: `nobody knows ${missing.label}`, about: [missing.name] }
}

function differ(a: SimMember, b: SimMember, wanted: string, got: string): Disagreement {
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
 * Throws unless each pair of live members of a cluster has exactly one open link, which works, and the cores know just
 * these. One that went without a word (or whose last word a cut swallowed) may still be linked: nothing has told the
 * kernel.
 */
export function checkLinks(simulation: Simulation): void {
  for (const live of simulation.liveByCluster())
    for (const member of live) checkLinksOf(simulation, member, live)
}

function checkLinksOf(simulation: Simulation, member: SimMember, live: SimMember[]): void {
  const byLoop = new Map(live.map((each) => [each.process.loop, each]))
  const sockets = member.process.openSockets()
  const peers = sockets.flatMap(({ peer }) => peer?.loop ?? [])
  const open = peers.flatMap((loop) => byLoop.get(loop) ?? [])
  const known = member.process.core.links().map((link) => link.peer.instance)
  for (const other of live) {
    if (other === member) continue
    const links = open.filter((each) => each === other).length
    if (links !== 1) failLinks(simulation, member, `${links} links with ${other.label}`, other.name)
    const inCore = known.filter((instance) => instance === other.life.instance).length
    if (inCore !== 1)
      failLinks(simulation, member, `${inCore} links with ${other.label} in its core`, other.name)
    const isDead = sockets.some((socket) => socket.peer?.loop === other.process.loop && !socket.isWhole)
    if (isDead) failLinks(simulation, member, `a dead link with ${other.label}`, other.name)
  }
  if (open.includes(member)) failLinks(simulation, member, 'a link with itself')
  const gone = peers.filter((loop) => !byLoop.has(loop))
  if (new Set(gone).size < gone.length) failLinks(simulation, member, 'two links with a member that is gone')
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

/** Lets time pass until all links that died without a word have been replaced, at most for the bound. */
export function runUntilMended(simulation: Simulation): void {
  const deadline = simulation.clock.now + simulation.bounds.deadLinkMs
  const isBroken = ({ process }: SimMember) => process.openSockets().some((socket) => !socket.isWhole)
  while (simulation.clock.now < deadline && simulation.live().some(isBroken)) simulation.run(250)
}

/** A hello without metadata, at most. */
const HELLO_BYTES = 96

/** Lets a quiet cluster run on, and throws when a member sends or works more than it may. */
export function checkQuiet(simulation: Simulation, windowMs: number): void {
  const live = simulation.live()
  const before = live.map(({ process }) => ({ ...process.totals, quorum: process.core.quorum.state }))
  const lastNewsAt = simulation.transcript.entries.at(-1)?.at ?? 0
  const isNewsOver = simulation.clock.now - lastNewsAt > simulation.bounds.newsMs
  simulation.run(windowMs)
  const { bounds } = simulation
  const perSecond = 1000 / windowMs
  const hellos = simulation.liveByCluster().length > 1 ? bounds.foreignHellosPerSecond : 0
  const mostFrames = bounds.quietFramesPerSecond + hellos
  const mostBytes = bounds.quietBytesPerSecond + hellos * (HELLO_BYTES + simulation.largestMetadata)
  for (const [i, member] of live.entries()) {
    const { totals, sockets, core } = member.process
    // Who has come to know its quorum in this time has told everybody.
    const standings = core.quorum.state === before[i]?.quorum ? 0 : live.length
    const frames = (totals.frames - (before[i]?.frames ?? 0) - standings) * perSecond
    const bytes = (totals.bytes - (before[i]?.bytes ?? 0)) * perSecond
    const wakes = (totals.wakes - (before[i]?.wakes ?? 0)) * perSecond
    const over = (text: string): never => {
      throw new InvariantError('quiet', simulation.clock.now, `${member.label} ${text}`, [member.label])
    }
    if (frames > mostFrames) over(`sends ${frames.toFixed(1)} frames a second (${mostFrames.toFixed(1)})`)
    if (isNewsOver && standings === 0 && bytes > mostBytes)
      over(`sends ${bytes.toFixed(0)} bytes a second (${mostBytes.toFixed(0)})`)
    if (wakes > bounds.quietWakesPerSecond) over(`wakes ${wakes.toFixed(1)} times a second`)
    if (sockets > bounds.sockets) over(`holds ${sockets} connections`)
  }
}
