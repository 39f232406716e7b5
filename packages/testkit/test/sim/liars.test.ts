import type { CoreMember, Fact, Message } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { claim, type Lying, lyingCore } from './lying-core.ts'
import { mustAgree, realCluster, stateOf } from './real-cluster.ts'

const HOUR_MS = 3_600_000
const LIAR = 'm-5'
const LIES_FROM_MS = 10_000
/** One refutation: the claim reaches its subject, and the answer the one who believed it. */
const REFUTED_MS = 1000
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
  'votes all others gone': {
    tell: (others) => others.map((member) => ({ type: 'gone', member: lifeOf(member), how: 'refused' })),
  },
  'vetoes every death': {
    tell: (others) => others.map((member) => ({ type: 'veto', member: lifeOf(member) })),
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

function lifeOf({ name, generation, instance }: CoreMember) {
  return { name, generation, instance }
}

function withLiar(lying: Lying): Simulation {
  const createCore = lyingCore(LIAR, lying, { at: LIES_FROM_MS })
  const simulation = realCluster({ createCore, checks: [] })
  simulation.addMembers(6)
  mustAgree(simulation)
  simulation.run(LIES_FROM_MS)
  return simulation
}

const honest = ['m-0', 'm-1', 'm-2', 'm-3', 'm-4']

describe.each(Object.entries(lies))('one member of six that %s', (what, lying) => {
  it('makes no honest one failed or left for longer than a refutation, and costs the others little', () => {
    const simulation = withLiar(lying)
    const wrongSince = new Map<string, number>()
    let longestMs = 0
    const frames = () => honest.map((name) => simulation.member(name).process.totals.frames)
    const before = frames()
    for (let ms = 0; ms < 10_000; ms += 20) {
      simulation.run(20)
      for (const observer of honest) {
        for (const name of honest) {
          const key = `${observer} ${name}`
          const state = stateOf(simulation, observer, name)
          if (state === 'alive' || state === 'suspect') wrongSince.delete(key)
          else if (!wrongSince.has(key)) wrongSince.set(key, simulation.clock.now)
          longestMs = Math.max(
            longestMs,
            simulation.clock.now - (wrongSince.get(key) ?? simulation.clock.now),
          )
        }
      }
    }
    const perSecond = frames().map((count, i) => (count - (before[i] as number)) / 10)
    expect(longestMs).toBeLessThan(REFUTED_MS)
    expect(honest.filter((name) => !simulation.member(name).isLive)).toEqual([])
    expect(Math.max(...perSecond)).toBeLessThan(FRAMES_PER_SECOND)
  })

  it('hides no crash, but can pass it off as a goodbye by having said one', () => {
    const simulation = withLiar(lying)
    simulation.run(5000)
    const crashed = 'm-0'
    const ended = what.startsWith('says that all others have left') ? 'left' : 'failed'
    simulation.kill(crashed)
    const others = () => simulation.live().filter(({ name }) => name !== LIAR)
    const isOver = () => others().every(({ label }) => stateOf(simulation, label, crashed) === ended)
    const came = simulation.runUntil(isOver, simulation.bounds.completenessMs)
    expect(came).toBe(true)
  })
})

describe('a member whose generation a liar has raised again and again', () => {
  it.each([0, HOUR_MS])('is not locked out when it restarts (its clock back %i ms)', (clockBackMs) => {
    const simulation = withLiar(lateLives)
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
