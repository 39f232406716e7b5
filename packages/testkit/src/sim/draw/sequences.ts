// Kinds of faults that take several steps.
import type { Step } from '../plan.ts'
import type { Cast } from './cast.ts'

/** A few members of another cluster, some with names of ours; DNS lists them by mistake. */
export function drawForeign(cast: Cast, at: number): Step[] {
  const { random } = cast
  const steps: Step[] = Array.from({ length: 1 + random.below(3) }, () => {
    const member = cast.label('f')
    const name = random.chance(0.5) ? cast.one() : member
    return { at, type: 'foreign', member, name, ...(random.chance(0.5) && { forMs: random.below(20_000) }) }
  })
  return [
    ...steps,
    { at: at + random.below(3000), type: 'dns', mode: 'foreign', forMs: random.below(20_000) },
  ]
}

/** A member dies, and soon another one, of this cluster or of another, has its address. */
export function drawReuse(cast: Cast, at: number): Step[] {
  const { random } = cast
  const member = cast.one()
  if (!cast.remove(member)) return []
  const address = random.pick(['vanishes', 'vanishes-first'] as const)
  const reuse = { at: at + Math.round(random.betweenLog(10, 10_000)), ip: 'reused-last' as const }
  const label = random.chance(0.6) ? undefined : cast.label('f')
  return [
    { at, type: 'kill', member, address },
    label === undefined
      ? { ...reuse, type: 'add', member: cast.add() }
      : { ...reuse, type: 'foreign', member: label, name: random.chance(0.5) ? member : label },
  ]
}

/** All restart: one after the other with a goodbye, or all at once without. */
export function drawMassRestart(cast: Cast, at: number): Step[] {
  const { random } = cast
  const [isRolling, sameAddress] = [random.chance(0.5), random.chance(0.5)]
  const gapMs = isRolling ? random.between(500, 4000) : random.between(0, 20)
  const downMs = random.betweenLog(10, 5000)
  return cast.present.flatMap((member, i): Step[] => {
    const stopAt = Math.round(at + i * gapMs)
    return [
      isRolling
        ? { at: stopAt, type: 'leave', member }
        : { at: stopAt, type: 'kill', member, address: sameAddress ? 'stays' : 'vanishes' },
      { at: Math.round(stopAt + downMs), type: 'restart', member, sameAddress, clockBackMs: 0 },
    ]
  })
}

/** A cluster of one grows to `members`, one by one or all at once, and shrinks to one again. */
export function drawScale(cast: Cast, members: number): Step[] {
  const { random } = cast
  const drawTime = (from: number, until: number) => {
    const spreadMs = random.chance(0.3) ? 0 : random.between(0, until - from)
    return () => Math.round(from + random.between(0, spreadMs))
  }
  const [upAt, downAt] = [drawTime(3000, 15_000), drawTime(20_000, 40_000)]
  const added = Array.from({ length: members - 1 }, () => cast.add())
  const all = cast.present
  const last = random.pick(all)
  const how = random.pick(['leave', 'kill', 'either'] as const)
  return [
    ...added.map((member): Step => ({ at: upAt(), type: 'add', member })),
    ...all
      .filter((member) => member !== last)
      .map((member): Step => {
        const leaves = how === 'leave' || (how === 'either' && random.chance(0.5))
        return leaves
          ? { at: downAt(), type: 'leave', member }
          : { at: downAt(), type: 'kill', member, address: 'vanishes' }
      }),
  ]
}
