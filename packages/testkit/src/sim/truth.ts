// What has really happened to a member lately: whether anyone may be blamed for a wrong belief about it.
import { concerns, includes, separates } from './routes.ts'
import type { SimMember } from './sim-member.ts'
import type { Simulation } from './simulation.ts'

/** Stops with less running time than this between them count as one. */
const RECOVERY_MS = 500

/** Whether packets to or from a member were lost to any cut within [from, to]. */
export function wasCut(simulation: Simulation, member: SimMember, from: number, to: number): boolean {
  const { ip } = member.process.host
  return simulation.network.cutHistory.some(
    ({ cut, until }) => cut.since <= to && (until ?? Number.POSITIVE_INFINITY) >= from && concerns(cut, ip),
  )
}

/** Whether packets to or from a member were slow within [from, to]. */
export function wasSlowed(simulation: Simulation, member: SimMember, from: number, to: number): boolean {
  return slowest(simulation, member, from, to) > 0
}

/** The longest that a packet to or from a member and its answer can have been held up within [from, to], in ms. */
export function slowest(simulation: Simulation, member: SimMember, from: number, to: number): number {
  const { ip } = member.process.host
  const delays = simulation.network.slowHistory
    .filter(({ slowness, until = to }) => slowness.since <= to && until >= from && concerns(slowness, ip))
    .map(({ slowness }) => 2 * (slowness.delayMs + slowness.spikeMs))
  return Math.max(0, ...delays)
}

/** Whether nobody could dial a member, at some time within [from, to]. */
export function wasFiltered(simulation: Simulation, member: SimMember, from: number, to: number): boolean {
  const { ip } = member.process.host
  return simulation.network.filterHistory.some(
    ({ filter, until = to }) => filter.ip === ip && filter.since <= to && until >= from,
  )
}

/** Whether links of a member were broken in between within [from, to]. */
export function wasTorn(member: SimMember, from: number, to: number): boolean {
  return member.tornAt.some((at) => at >= from && at <= to)
}

/** Whether a link of a member may have died without a word, and may not have been replaced yet. */
export function mayHaveDeadLink({ bounds, clock }: Simulation, member: SimMember): boolean {
  return member.silencedAt.some((at) => at >= clock.now - bounds.deadLinkMs)
}

/**
 * Whether a cut explains that `observer` calls `member` failed: one between the two, or one that has been healed and
 * let through what the other side believed. In a cut that lasts, those on one side have no such excuse.
 */
export function isExcusedByCut(
  simulation: Simulation,
  observer: SimMember,
  member: SimMember,
  from: number,
): boolean {
  const [a, b] = [observer.process.host.ip, member.process.host.ip]
  return simulation.network.cutHistory.some(({ cut, until }) => {
    if (until === undefined) return separates(cut, a, b)
    return until >= from && concerns(cut, b)
  })
}

/** Whether somebody runs who has had both in reach since `from`, and no trouble of its own. */
export function hasGoBetween(simulation: Simulation, a: SimMember, b: SimMember, from: number): boolean {
  return simulation
    .live()
    .some(
      (each) =>
        each !== a && each !== b && each.cluster === a.cluster && isUndisturbed(simulation, each, from),
    )
}

/**
 * The time from which a member may still get news: one that has slept reads what had queued up, and after a cut
 * arrives what was sent into it, up to as long after its end as it lasted.
 */
export function oldestNewsAt(simulation: Simulation, member: SimMember): number {
  const { now } = simulation.clock
  const sleeps = member.stalls.filter(({ until }) => until >= now - RECOVERY_MS).map(({ from }) => from)
  const cuts = simulation.network.cutHistory
    .filter(
      ({ cut, until = now }) =>
        concerns(cut, member.process.host.ip) && now - until <= until - cut.since + RECOVERY_MS,
    )
    .map(({ cut }) => cut.since)
  return Math.min(now, ...sleeps, ...cuts)
}

/** Whether no packet has passed between two members, either way, since `from`. */
export function areSeparated(simulation: Simulation, a: SimMember, b: SimMember, from: number): boolean {
  const [ip, other] = [a.process.host.ip, b.process.host.ip]
  return simulation.network.cutHistory.some(
    ({ cut, until }) =>
      until === undefined && !cut.isOneWay && cut.since <= from && separates(cut, ip, other),
  )
}

/** Since when nothing that anybody sends can reach this member, all others being cut off or dead; undefined if it can. */
export function deafSince(simulation: Simulation, member: SimMember): number | undefined {
  const { ip } = member.process.host
  let since: number | undefined
  for (const other of simulation.lives) {
    if (other === member) continue
    const starts = [...simulation.network.routes.cuts]
      .filter((cut) => includes(cut, other.process.host.ip, ip))
      .map((cut) => cut.since)
    const endedAt = other.isLive ? Number.POSITIVE_INFINITY : (other.process.endedAt ?? simulation.clock.now)
    const unheardSince = Math.min(endedAt, ...starts)
    if (unheardSince === Number.POSITIVE_INFINITY) return undefined
    since = Math.max(since ?? 0, unheardSince)
  }
  return since
}

/** The longest time within [from, to] that a member did not run. */
export function longestStall(member: SimMember, from: number, to: number): number {
  return member.longestStall(from, to, RECOVERY_MS)
}

/** Whether a member has run on time, with the whole network and with all its links since `from`. */
export function isUndisturbed(simulation: Simulation, member: SimMember, from: number): boolean {
  const { now } = simulation.clock
  return (
    member.isLive &&
    member.process.loop.state === 'running' &&
    member.startedAt <= from &&
    longestStall(member, from, now) < 100 &&
    !wasCut(simulation, member, from, now) &&
    !wasSlowed(simulation, member, from, now) &&
    !wasFiltered(simulation, member, from, now) &&
    !wasTorn(member, from, now)
  )
}

/** Whether a life is in somebody's view, in whatever state. */
export function holds({ process }: SimMember, { life }: SimMember): boolean {
  return process.core.view.members.some(({ instance }) => instance === life.instance)
}

/** The process that is a certain life, if there is one. */
export function findLife(
  simulation: Simulation,
  life: { name: string; instance: string },
): SimMember | undefined {
  const known = livesByInstance.get(simulation) ?? new Map<string, SimMember>()
  livesByInstance.set(simulation, known)
  for (const each of simulation.lives.slice(known.size)) known.set(each.life.instance, each)
  const found = known.get(life.instance)
  return found?.name === life.name ? found : undefined
}

const livesByInstance = new WeakMap<Simulation, Map<string, SimMember>>()
