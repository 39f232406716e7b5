// The kinds of faults that can be drawn, each as the steps it takes.
import type { Step } from '../plan.ts'
import type { Cast } from './cast.ts'
import { drawForeign, drawMassRestart, drawReuse } from './sequences.ts'

/** Draws one fault that begins at a time; no step when it makes no sense for those who are there. */
export type Draw = (cast: Cast, at: number) => readonly Step[]

const HOUR_MS = 3_600_000

/** How far a clock is behind at a restart: mostly not at all, else behind by up to a day, or ahead by up to three. */
export function drawClockBack({ random }: Cast): number {
  if (random.chance(0.6)) return 0
  return Math.round(
    random.chance(0.5) ? random.betweenLog(10, 24 * HOUR_MS) : -random.betweenLog(10, 24 * HOUR_MS),
  )
}

/** How long a disturbance of the network lasts. */
function drawCutMs({ random }: Cast): number {
  return Math.round(random.betweenLog(200, 25_000))
}

function cut(cast: Cast, at: number, how: { isOneWay: boolean; isPartial: boolean }): Step[] {
  const groups = how.isPartial ? cast.twoGroups() : [cast.group()]
  if (!groups) return []
  const [members = [], others] = groups
  const { isOneWay } = how
  return [{ at, type: 'cut', members, ...(others && { others }), isOneWay, forMs: drawCutMs(cast) }]
}

/** All kinds, by name. */
export const kinds = {
  kill: (cast, at) => {
    const member = cast.one()
    const address = cast.random.pick(['stays', 'vanishes', 'vanishes-first'] as const)
    return cast.remove(member) ? [{ at, type: 'kill', member, address }] : []
  },
  restart: (cast, at) => {
    const member = cast.oneToRestart()
    const sameAddress = cast.random.chance(0.5)
    return [{ at, type: 'restart', member, sameAddress, clockBackMs: drawClockBack(cast) }]
  },
  leave: (cast, at) => {
    const member = cast.one()
    return cast.remove(member) ? [{ at, type: 'leave', member }] : []
  },
  'lost-goodbye': (cast, at) => {
    const member = cast.one()
    const lost = cast.random.pick(['cut', 'killed'] as const)
    return cast.remove(member) ? [{ at, type: 'leave', member, lost }] : []
  },
  handover: (cast, at) => {
    const member = cast.one()
    const handoverMs = Math.round(cast.random.betweenLog(20, 20_000))
    return cast.remove(member) ? [{ at, type: 'leave', member, handoverMs }] : []
  },
  freeze: (cast, at) => [
    { at, type: 'freeze', member: cast.one(), forMs: Math.round(cast.random.betweenLog(50, 20_000)) },
  ],
  slow: (cast, at) => {
    const lateMs = Math.round(cast.random.betweenLog(20, 500))
    return [{ at, type: 'slow', member: cast.one(), lateMs, forMs: cast.random.below(10_000) }]
  },
  load: (cast, at) => {
    const { random } = cast
    const [bytes, everyMs] = [random.pick([1000, 20_000, 60_000]), Math.round(random.betweenLog(50, 1000))]
    return [{ at, type: 'load', member: cast.one(), bytes, everyMs, forMs: random.below(20_000) }]
  },
  partition: (cast, at) => cut(cast, at, { isOneWay: false, isPartial: false }),
  'one-way': (cast, at) => cut(cast, at, { isOneWay: true, isPartial: cast.random.chance(0.3) }),
  partial: (cast, at) => cut(cast, at, { isOneWay: false, isPartial: true }),
  flapping: (cast, at) => {
    const flapMs = Math.round(cast.random.betweenLog(100, 5000))
    const how = { isOneWay: cast.random.chance(0.2), isPartial: cast.random.chance(0.3) }
    return cut(cast, at, how).map((step) => ({ ...step, flapMs }))
  },
  'slow-links': (cast, at) => {
    const { random } = cast
    const [members = [], others] = (random.chance(0.5) && cast.twoGroups()) || [cast.group()]
    const delayMs = Math.round(random.betweenLog(5, 300))
    const spikeMs = Math.round(random.betweenLog(100, 1500))
    const how = { delayMs, spikeMs, spikeChance: random.betweenLog(0.01, 0.3), forMs: drawCutMs(cast) }
    return [{ at, type: 'slow-links', members, ...(others && { others }), ...how }]
  },
  'reset-links': (cast, at) => [{ at, type: 'reset-links', member: cast.one() }],
  'half-open': (cast, at) => {
    const answer = cast.random.pick(['reset', 'nothing'] as const)
    return [{ at, type: 'half-open', member: cast.one(), answer, share: cast.random.pick([0.2, 0.5, 1]) }]
  },
  /** The keys or certificates of one member are replaced, or those of all within seconds. */
  renewal: (cast, at) => {
    const members = cast.random.chance(0.5) ? [cast.one()] : cast.present
    return members.map((member) => ({ at: at + cast.random.below(2000), type: 'outdate-links', member }))
  },
  dials: (cast, at) => {
    const members = cast.group().slice(0, 5)
    const [answer, forMs] = [cast.random.pick(['refused', 'nothing'] as const), drawCutMs(cast)]
    return members.map((member) => ({ at, type: 'refuse-dials', member, answer, forMs }))
  },
  metadata: (cast, at) => [{ at, type: 'set-metadata', member: cast.one(), value: cast.random.below(256) }],
  /** An operator gives a member up for good. */
  forget: (cast, at) => {
    const [member, gone] = [cast.one(), cast.gone]
    return gone.length > 0 ? [{ at, type: 'forget', member, name: cast.random.pick(gone) }] : []
  },
  /** An operator gives all members that are there their number, or one of them any. */
  expect: (cast, at) => {
    const { random, present } = cast
    const isRight = random.chance(0.7)
    const size = isRight ? present.length : 1 + random.below(2 * present.length)
    return (isRight ? present : [cast.one()]).map((member) => ({ at, type: 'expect', member, size }))
  },
  add: (cast, at) => [{ at, type: 'add', member: cast.add() }],
  dns: (cast, at) => {
    const mode = cast.random.pick(['empty', 'failing', 'partial', 'stale', 'wrong'] as const)
    return [{ at, type: 'dns', mode, forMs: cast.random.below(15_000) }]
  },
  'duplicate-name': (cast, at) => [
    { at, type: 'duplicate', member: cast.label('d'), of: cast.one(), clockBackMs: drawClockBack(cast) },
  ],
  /** Stopped until it, and all that it knows, is forgotten; with options that make forgetting fast. */
  sleep: (cast, at) => [
    { at, type: 'freeze', member: cast.one(), forMs: Math.round(cast.random.between(60_000, 180_000)) },
  ],
  foreign: drawForeign,
  reuse: drawReuse,
  'mass-restart': drawMassRestart,
} satisfies Record<string, Draw>

/** The name of a kind. */
export type Kind = keyof typeof kinds
