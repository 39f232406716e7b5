import type { CoreMember, Fact, Message } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import { allHold, honest, longestWrongMs, withLiars } from './liars.ts'
import { claim, type Lying, lifeOf } from './lying-core.ts'
import { mustAgree } from './real-cluster.ts'

const HOUR_MS = 3_600_000
const LIAR = 'm-5'
/** The most frames a second that one liar, at ten rounds of lies a second, may cost each honest member. */
const FRAMES_PER_SECOND = 600

const elsewhere = { addresses: ['10.9.9.9:1'], leaving: false, metadata: Uint8Array.of(6) }
const recordAt = (round: number) => ({ ...elsewhere, addresses: [`10.9.${round >> 8}.${round & 255}:1`] })
const updates = (facts: Fact[]): Message[] => [{ type: 'updates', updates: facts }]
const about = (make: (member: CoreMember, round: number) => Partial<Fact>): Lying => ({
  tell: (others, round) => updates(others.map((member) => claim(member, make(member, round)))),
})

const lies: Record<string, Lying> = {
  'calls all others suspect': about(() => ({ state: 'suspect', by: LIAR })),
  'calls all others suspect, for a long time, in the name of others': about((_, round) => ({
    ...{ state: 'suspect', by: `m-${round % 5}`, ageMs: 1e9 },
  })),
  'calls all others failed': about(() => ({ state: 'failed' })),
  'calls all others failed at incarnations to come': about(({ incarnation }) => ({
    ...{ state: 'failed', incarnation: incarnation + 7 },
  })),
  'calls all others failed at the last incarnation': about(() => ({ state: 'failed', incarnation: 2 ** 40 })),
  'says that all others have left': about(() => ({ state: 'left' })),
  'says that all others have left at incarnations to come': about(({ incarnation }) => ({
    ...{ state: 'left', incarnation: incarnation + 3 },
  })),
  'says that later lives of all others have failed': about(({ generation }) => ({
    ...{ state: 'failed', generation: generation + 1000, instance: 'later' },
  })),
  'says that lives of all others a day from now have left': about(({ generation }) => ({
    ...{ state: 'left', generation: generation + 23 * HOUR_MS, instance: 'later' },
  })),
  'speaks of far lives of all others': about(({ generation }) => ({
    ...{ generation: generation + 1e12, instance: 'far', record: elsewhere },
  })),
  'gives all others another record': about(({ incarnation }) => ({
    ...{ incarnation: incarnation + 1, record: elsewhere },
  })),
  'says twice that all others are forgotten': {
    tell: (others) => {
      const facts = others.map((member) => claim(member, { state: 'failed', ageMs: HOUR_MS / 2 }))
      const forgotten = facts.map((fact): Fact => ({ ...fact, ageMs: 0, forgotten: true }))
      return [facts, forgotten, forgotten].flatMap(updates)
    },
  },
  'votes all others gone': {
    tell: (others) => others.map((member) => ({ type: 'gone', member: lifeOf(member), how: 'refused' })),
  },
  'vetoes every death': {
    tell: (others) => [{ type: 'veto', members: others.map(lifeOf) }],
  },
  'floods with strangers': {
    tell: (_, round) =>
      updates(
        Array.from({ length: 50 }, (_, i) =>
          claim(
            {
              name: `s-${round % 40}-${i}`,
              generation: 1.76e12,
              instance: 's',
              incarnation: 0,
            } as CoreMember,
            {
              record: elsewhere,
            },
          ),
        ),
      ),
  },
  'moves on and on': {
    tell: (_others, round, self) =>
      updates([claim(self, { incarnation: self.incarnation + 1 + round, record: recordAt(round) })]),
  },
  'hears nobody': {
    send: (message) =>
      message.type === 'ping' || message.type === 'ack'
        ? { ...message, exceptions: ['m-0', 'm-1', 'm-2', 'm-3', 'm-4'] }
        : message,
  },
}

/** It claims a day more each time, and speaks of itself as if it had been started in a hundred years. */
const lateLives: Lying = {
  ...about(({ generation }) => ({
    state: 'failed',
    generation: generation + 23 * HOUR_MS,
    instance: 'later',
  })),
  send: (message) =>
    message.type === 'hello'
      ? { ...message, self: { ...message.self, generation: 1.76e12 + 100 * 365 * 24 * HOUR_MS } }
      : message,
}

describe.each(Object.entries(lies))('one member of six that %s', (what, lying) => {
  it('makes no honest one failed or left for longer than a refutation, and costs the others little', () => {
    const simulation = withLiars({ lying })
    const frames = () => honest.map((name) => simulation.member(name).process.totals.frames)
    const before = frames()
    // The claim reaches its subject, and the answer the one who believed it.
    expect(longestWrongMs(simulation, 4000)).toBeLessThanOrEqual(simulation.bounds.oneHopMs)
    simulation.run(6000)
    const perSecond = frames().map((count, i) => (count - (before[i] as number)) / 10)
    expect(honest.filter((name) => !simulation.member(name).isLive)).toEqual([])
    expect(Math.max(...perSecond)).toBeLessThan(FRAMES_PER_SECOND)
  })

  it('hides no crash, but can pass it off as a goodbye by having said one', () => {
    const simulation = withLiars({ lying, death: 'noticed' })
    simulation.run(5000)
    const ended = what.startsWith('says that all others have left') ? 'left' : 'failed'
    simulation.kill('m-0')
    const isOver = () => allHold(simulation, 'm-0', ended)
    expect(simulation.runUntil(isOver, simulation.bounds.completenessMs)).toBe(true)
  })
})

describe('a member whose generation a liar has raised again and again', () => {
  it.each([0, HOUR_MS])('is not locked out when it restarts (its clock back %i ms)', (clockBackMs) => {
    const simulation = withLiars({ lying: lateLives })
    simulation.run(20_000)
    const raised = simulation.member('m-1').life.generation
    expect(raised).toBeGreaterThan(1.76e12 + 20 * HOUR_MS)
    expect(raised).toBeLessThan(1.76e12 + 25 * HOUR_MS)
    simulation.kill(LIAR)
    simulation.restart('m-1', { clockBackMs })
    mustAgree(simulation)
    expect(simulation.member('m-1').isLive).toBe(true)
  })
})
