// Steps of a plan that happen to one member, or bring a new one.
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { FOREIGN_CLUSTER, type StepOf } from './step-of.ts'

/** How long a leaving member whose goodbye is lost stays cut off: longer than it waits for answers. */
const LEAVE_CUT_MS = 8000

/** The application leaves, at once or after a handover; the goodbye may be lost. */
export function leave(simulation: Simulation, member: SimMember, step: StepOf<'leave'>): void {
  const { handoverMs } = step
  if (handoverMs === undefined) {
    sayGoodbye(simulation, member, step)
    return
  }
  simulation.announceLeaving(member.label)
  simulation.clock.after(handoverMs, () => {
    if (member.isLive) sayGoodbye(simulation, member, step)
  })
}

function sayGoodbye(simulation: Simulation, member: SimMember, { lost }: StepOf<'leave'>): void {
  const { clock, network } = simulation
  simulation.leave(member.label)
  if (lost === 'cut') {
    const cut = network.cut([member.process.host.ip], undefined)
    simulation.transcript.step(clock.now, member.label, 'cut from all others')
    clock.after(LEAVE_CUT_MS, () => network.heal(cut))
  } else if (lost === 'killed') simulation.kill(member.label)
}

/** Large metadata, again and again, and small in the end. */
export function load(
  simulation: Simulation,
  member: SimMember,
  { bytes, everyMs, forMs }: StepOf<'load'>,
): void {
  const { clock } = simulation
  const text = `metadata of ${bytes} bytes every ${everyMs} ms for ${forMs} ms`
  simulation.transcript.step(clock.now, member.label, text)
  const until = clock.now + forMs
  const next = () => {
    const isOver = clock.now >= until
    const metadata = new Uint8Array(isOver ? 4 : bytes)
    new DataView(metadata.buffer).setUint32(0, clock.now)
    simulation.call(member, { type: 'set-metadata', metadata })
    if (!isOver) clock.after(Math.max(1, everyMs), next)
  }
  next()
}

/** Restarts a member, dead or not; at a new address when its old one has been given to another. */
export function restart(simulation: Simulation, step: StepOf<'restart'>): void {
  const member = simulation.find(step.member)
  if (!member) return
  const isTaken = !member.isLive && simulation.isTaken(member.process.host.ip)
  simulation.restart(step.member, { ...step, sameAddress: step.sameAddress && !isTaken })
}

/** Starts a further process with somebody's name. */
export function duplicate(simulation: Simulation, { member, of, clockBackMs }: StepOf<'duplicate'>): void {
  const { name, cluster } = simulation.find(of) ?? {}
  if (name === undefined || cluster === undefined || simulation.find(member)) return
  simulation.addMember(name, { label: member, cluster, clockBackMs })
}

/** Starts a member of the other cluster. */
export function addForeign(simulation: Simulation, { member, name, ip, forMs }: StepOf<'foreign'>): void {
  if (simulation.find(member)) return
  simulation.addMember(name, { label: member, cluster: FOREIGN_CLUSTER, ...freeIp(simulation, ip) })
  if (forMs === undefined) return
  simulation.clock.after(forMs, () => {
    if (simulation.find(member)?.isLive) simulation.kill(member, { address: 'vanishes' })
  })
}

/** Starts a new member. */
export function add(simulation: Simulation, { member, ip }: StepOf<'add'>): void {
  if (!simulation.find(member)) simulation.addMember(member, { ...freeIp(simulation, ip) })
}

/** An address whose host is gone, so that another process may get it. */
function freeIp(simulation: Simulation, which: StepOf<'add'>['ip']): { ip: string } | undefined {
  if (which === undefined) return undefined
  const isFree = (ip: string) => !simulation.network.hosts.has(ip)
  const ips = simulation.lives.map((life) => life.process.host.ip)
  const free = which === 'reused' ? ips.find(isFree) : ips.findLast(isFree)
  return free === undefined ? undefined : { ip: free }
}
