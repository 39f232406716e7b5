// A death that a liar hides, or gives another name: for how long.
import { describe, expect, it } from 'vitest'
import { allHold, withLiars } from './liars.ts'
import { claim, type Lying, lifeOf } from './lying-core.ts'

const MINUTE_MS = 60_000

/** It says that it hears whom others miss, in the name of those, and vetoes every vote. */
const hears: Lying = {
  tell: (others) => {
    const missed = others.filter(({ state }) => state !== 'alive')
    const refuted = missed.map((member) => claim(member, { incarnation: member.incarnation + 1 }))
    return [
      { type: 'veto', members: others.map(lifeOf) },
      { type: 'updates', updates: refuted },
    ]
  },
  send: (message) => (message.type === 'indirect-ack' ? { ...message, ok: true } : message),
}

const saysLeft: Lying = {
  tell: (others) => [{ type: 'updates', updates: others.map((member) => claim(member, { state: 'left' })) }],
}

describe('a liar that says it hears a member that has gone', () => {
  it.each([
    ['frozen', 'freeze'],
    ['lost with its host', 'vanishes-first'],
    ['killed', 'stays'],
  ] as const)('keeps one that was %s in the views while it lies, and no longer', (_, how) => {
    const simulation = withLiars({ lying: hears, forMs: MINUTE_MS, death: 'hidden' })
    if (how === 'freeze') simulation.freeze('m-0')
    else simulation.kill('m-0', { address: how })
    simulation.run(MINUTE_MS - 1000)
    expect(allHold(simulation, 'm-0', 'failed')).toBe(false)
    simulation.run(1000)
    const isFound = () => allHold(simulation, 'm-0', 'failed')
    expect(simulation.runUntil(isFound, simulation.bounds.completenessMs)).toBe(true)
  })

  it('delays by vetoes alone no more than a silence takes', () => {
    const { tell = () => [] } = hears
    const vetoes: Lying = { tell: (...all) => tell(...all).filter(({ type }) => type === 'veto') }
    const simulation = withLiars({ lying: vetoes, death: 'noticed' })
    simulation.kill('m-0')
    const isFound = () => allHold(simulation, 'm-0', 'failed')
    expect(simulation.runUntil(isFound, simulation.bounds.silenceFailedMs)).toBe(true)
  })
})

describe('a liar that says of a member that it has left', () => {
  it.each([
    ['stops before it crashes, does not keep others from calling that a failure', 5000, 'failed'],
    ['goes on, passes off its crash as a goodbye', MINUTE_MS, 'left'],
  ] as const)('and %s', (_, forMs, ended) => {
    const simulation = withLiars({ lying: saysLeft, forMs, death: 'noticed' })
    simulation.run(5500)
    simulation.kill('m-0')
    const isOver = () => allHold(simulation, 'm-0', ended)
    expect(simulation.runUntil(isOver, simulation.bounds.crashRefusedMs)).toBe(true)
  })
})
