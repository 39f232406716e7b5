// Steps of a plan that happen to the network and to DNS.
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { strangersOf } from '../strangers.ts'
import { FOREIGN_CLUSTER, type StepOf } from './step-of.ts'

/** Those of the labels that have ever been started. */
function ipsOf(simulation: Simulation, labels: readonly string[]): string[] {
  return labels.flatMap((label) => simulation.find(label)?.process.host.ip ?? [])
}

/** Cuts some members off, for good or on and off. */
export function cutFor(
  simulation: Simulation,
  { members, others, isOneWay, forMs, flapMs }: StepOf<'cut'>,
): void {
  const { clock, network } = simulation
  const from = ipsOf(simulation, members)
  const to = others && ipsOf(simulation, others)
  if (from.length === 0 || to?.length === 0) return
  const how = isOneWay ? 'cut, outgoing only, from' : 'cut from'
  const rhythm = flapMs === undefined ? '' : `, on and off every ${flapMs} ms`
  const text = `${how} ${others?.join(' ') ?? 'all others'} for ${forMs} ms${rhythm}`
  simulation.transcript.step(clock.now, members.join(' '), text)
  const until = clock.now + forMs
  const onMs = Math.max(1, flapMs ?? forMs)
  const begin = () => {
    const cut = network.cut(from, to, isOneWay)
    clock.after(Math.min(onMs, until - clock.now), () => {
      network.heal(cut)
      if (clock.now + onMs < until) clock.after(onMs, begin)
    })
  }
  begin()
}

/** Makes the ways between some members slow. */
export function slowLinksFor(simulation: Simulation, step: StepOf<'slow-links'>): void {
  const { clock, network, transcript } = simulation
  const { members, others, delayMs, spikeMs, spikeChance, forMs } = step
  const from = ipsOf(simulation, members)
  const to = others && ipsOf(simulation, others)
  if (from.length === 0 || to?.length === 0) return
  const spikes = `${(100 * spikeChance).toFixed(0)}% by up to ${spikeMs} ms more`
  const text = `packets to and from ${others?.join(' ') ?? 'all others'} late by ${delayMs} ms, ${spikes}, for ${forMs} ms`
  transcript.step(clock.now, members.join(' '), text)
  const slowness = network.slow(from, to, { delayMs, spikeMs, spikeChance })
  clock.after(forMs, () => network.unslow(slowness))
}

/** Lets no new connection to a member through. */
export function refuseDials(simulation: Simulation, member: SimMember, step: StepOf<'refuse-dials'>): void {
  const { clock, network, transcript } = simulation
  const text = `new connections to it get ${step.answer === 'refused' ? 'refused' : 'no answer'} for ${step.forMs} ms`
  transcript.step(clock.now, member.label, text)
  const filter = network.filter(member.process.host.ip, step.answer)
  clock.after(step.forMs, () => network.unfilter(filter))
}

/** Makes links of a member half-open. */
export function forgetLinks(simulation: Simulation, member: SimMember, step: StepOf<'half-open'>): void {
  const { clock, transcript } = simulation
  const random = simulation.random.stream(`${member.label} half-open ${clock.now}`)
  const sockets = member.process.openSockets().filter(() => random.chance(step.share))
  const by = step.answer === 'reset' ? 'its kernel' : 'a NAT in between'
  transcript.step(clock.now, member.label, `${sockets.length} links forgotten by ${by}`)
  if (sockets.length === 0) return
  const broken = new Set([member])
  for (const socket of sockets) {
    const peer = simulation.live().find(({ process }) => process.loop === socket.peer?.loop)
    if (peer !== undefined) broken.add(peer)
    if (step.answer === 'reset') socket.forget()
    else socket.block()
  }
  for (const each of broken) {
    each.tornAt.push(clock.now)
    if (step.answer === 'nothing') each.silencedAt.push(clock.now)
  }
}

/** Makes DNS wrong in one way. */
export function dnsFor(simulation: Simulation, { mode, forMs }: StepOf<'dns'>): void {
  const { clock, service, transcript } = simulation
  transcript.step(clock.now, '*', `DNS ${mode} for ${forMs} ms`)
  service.others = {
    wrong: () => strangersOf(simulation),
    foreign: () => simulation.serviceOf(FOREIGN_CLUSTER).listed,
  }
  service.mode = mode
  clock.after(forMs, () => {
    service.mode = 'normal'
  })
}
