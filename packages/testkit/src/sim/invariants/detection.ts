// Detection: when one member dies or freezes, and nothing else goes wrong, everybody knows within the bound for it.
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { findLife, isUndisturbed, longestStall, wasCut, wasFiltered, wasSlowed, wasTorn } from '../truth.ts'

/** A member that went silent for good, or for longer than the bound. */
interface Loss {
  readonly member: SimMember
  readonly at: number
  readonly withinMs: number
}

/** How a member was lost and how soon that must be known; undefined while it is not, or not for so long. */
function lossOf(simulation: Simulation, member: SimMember): Loss | undefined {
  const { now } = simulation.clock
  const { crashRefusedMs, crashGoneMs, silenceWorstMs } = simulation.bounds
  const { endedAt } = member.process
  const isFrozen = member.process.loop.state === 'frozen'
  const at = isFrozen ? member.stalls.at(-1)?.from : endedAt
  if (at === undefined || member.leaveAt !== undefined || member.process.stopped !== undefined)
    return undefined
  const afterCrash = { stays: crashRefusedMs, vanishes: crashGoneMs, 'vanishes-first': silenceWorstMs }
  const withinMs = isFrozen ? silenceWorstMs : afterCrash[member.killed ?? 'vanishes-first']
  return now > at + withinMs ? { member, at, withinMs } : undefined
}

/** Whether nothing else has happened to anyone from a good while before a loss until its bound. */
function isCalm(simulation: Simulation, { member, at, withinMs }: Loss): boolean {
  const from = at - simulation.bounds.repairMs
  if (
    member.startedAt > from ||
    longestStall(member, from, at - 1) > 0 ||
    wasTorn(member, from, at) ||
    wasCut(simulation, member, from, at) ||
    wasSlowed(simulation, member, from, at) ||
    wasFiltered(simulation, member, from, at + withinMs)
  )
    return false
  return simulation.lives.every((other) => {
    if (other === member) return true
    if (other.name === member.name && other.isLive) return false
    const endedAt = other.leaveAt ?? other.process.endedAt ?? Number.POSITIVE_INFINITY
    if (endedAt < from || other.startedAt > at + withinMs) return true
    return endedAt > at + withinMs && isUndisturbed(simulation, other, from)
  })
}

/** When something happened to lives in the views of observers, the last time. */
class Times {
  readonly #at = new Map<SimMember, Map<SimMember, number>>()

  note(life: SimMember, observer: SimMember, at: number): void {
    const known = this.#at.get(life) ?? new Map<SimMember, number>()
    this.#at.set(life, known.set(observer, at))
  }

  /** Infinity when it has not happened. */
  of(life: SimMember, observer: SimMember): number {
    return this.#at.get(life)?.get(observer) ?? Number.POSITIVE_INFINITY
  }
}

/** Notes who met and who called whom failed when, and looks every second at the losses whose time is over. */
export const detection: CheckFactory = (simulation) => {
  const metAt = new Times()
  const failedAt = new Times()
  const judged = new Set<unknown>()
  const judge = (loss: Loss) => {
    const { member, at, withinMs } = loss
    if (!isCalm(simulation, loss)) return
    const observers = simulation
      .live()
      .filter((each) => each !== member && each.cluster === member.cluster && each.startedAt <= at)
    // Whoever has not met it (no DNS, say) cannot confirm that it is silent; if it comes later, it is told of an end before its time.
    if (observers.some((observer) => metAt.of(member, observer) > at)) return
    for (const observer of observers) {
      // Who hears nobody at all cannot know who is lost, and waits.
      if (observer.process.core.isolated || failedAt.of(member, observer) <= at + withinMs) continue
      const when = `within ${withinMs.toFixed(0)} ms of ${at.toFixed(1)} ms, in a calm cluster`
      const text = `${observer.label} does not find ${member.label} failed ${when}`
      throw new InvariantError('detection', simulation.clock.now, text, [observer.label, member.name])
    }
  }
  return {
    event(observer, event) {
      const { type } = event
      if (type !== 'member-joined' && type !== 'member-restarted' && type !== 'member-failed') return
      const life = findLife(simulation, event.member)
      if (life) (type === 'member-failed' ? failedAt : metAt).note(life, observer, simulation.clock.now)
    },
    second() {
      for (const member of simulation.lives) {
        const loss = lossOf(simulation, member)
        const key = loss && (member.process.endedAt === undefined ? member.stalls.at(-1) : member)
        if (!loss || judged.has(key)) continue
        judged.add(key)
        judge(loss)
      }
    },
  }
}
