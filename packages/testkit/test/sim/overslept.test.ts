import type { Message, Output } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import type { SimulationOptions } from '../../src/sim/simulation-options.ts'
import { formedCluster, mustAgree, mustBecome, mustRest, stateOf, told } from './real-cluster.ts'

const FORGOTTEN_MS = 30_000
const TOMBSTONE_MS = 60_000
const LONGER_MS = FORGOTTEN_MS + TOMBSTONE_MS + 30_000

/** The facts that members send, as `sender subject`. */
function watchFacts() {
  const told: string[] = []
  const trace: NonNullable<SimulationOptions['trace']> = (_at, who, what) => {
    const output = what as Output
    if (output.type !== 'send') return
    for (const { name } of factsOf(output.message)) told.push(`${who} ${name}`)
  }
  return { told, trace }
}

function factsOf(message: Message) {
  if (message.type === 'digest') return message.facts
  return 'updates' in message ? message.updates : []
}

/** A cluster that forgets early. */
function forgetful(options: Partial<SimulationOptions> = {}, count = 5): Simulation {
  return formedCluster(count, {
    protocol: { forgetAfterMs: FORGOTTEN_MS, tombstoneMs: TOMBSTONE_MS },
    ...options,
  })
}

const ends: Record<string, (simulation: Simulation) => void> = {
  'has left': (simulation) => simulation.leave('m-1'),
  'was killed': (simulation) => simulation.kill('m-1'),
  'was killed, and its address is gone': (simulation) => simulation.kill('m-1', { address: 'vanishes' }),
  'was killed, and its address is that of another': (simulation) => {
    const { ip } = simulation.member('m-1').process.host
    simulation.kill('m-1', { address: 'vanishes' })
    simulation.addMember('other', { ip })
  },
}

const others = ['m-2', 'm-3', 'm-4']

describe.each(Object.entries(ends))(
  'a member that slept for longer than a tombstone while another %s',
  (_, end) => {
    it.each([0, 100, 5000])('brings nothing of it back (asleep for %i ms when it ended)', (asleepMs) => {
      const facts = watchFacts()
      const simulation = forgetful({ trace: facts.trace })
      simulation.freeze('m-0')
      simulation.run(asleepMs)
      end(simulation)
      simulation.run(LONGER_MS)
      expect(others.map((name) => stateOf(simulation, name, 'm-1'))).toEqual([
        undefined,
        undefined,
        undefined,
      ])
      const eventsBefore = simulation.transcript.entries.length
      facts.told.length = 0
      simulation.thaw('m-0')
      const held = new Set<string>()
      for (let ms = 0; ms < 60_000; ms += 20) {
        simulation.run(20)
        for (const name of others) {
          const state = stateOf(simulation, name, 'm-1')
          if (state !== undefined) held.add(`${name} ${state}`)
        }
      }
      expect([...held]).toEqual([])
      expect(facts.told.filter((each) => each.endsWith(' m-1'))).toEqual([])
      const about = simulation.transcript.entries
        .slice(eventsBefore)
        .filter(({ isStep, what }) => !isStep && what.split(' ')[1] === 'm-1')
      expect(about.map(({ who, what }) => `${who} ${what.split(' ')[0]}`)).toEqual([
        'm-0 member-suspected',
        'm-0 member-failed',
        'm-0 member-removed',
      ])
      mustRest(simulation)
    })
  },
)

describe('a member that slept for longer than a tombstone', () => {
  it('brings nothing back of one that had failed before', () => {
    const facts = watchFacts()
    const simulation = forgetful({ trace: facts.trace })
    simulation.kill('m-1')
    simulation.run(5000)
    simulation.freeze('m-0')
    simulation.run(LONGER_MS)
    facts.told.length = 0
    simulation.thaw('m-0')
    mustRest(simulation)
    expect(facts.told.filter((each) => each.endsWith(' m-1'))).toEqual([])
    expect(told(simulation, 'member-removed', 'm-1')).toHaveLength(4)
  })

  it('still tells of the one that dies next', () => {
    const simulation = forgetful()
    simulation.freeze('m-0')
    simulation.run(LONGER_MS)
    simulation.thaw('m-0')
    mustAgree(simulation)
    simulation.kill('m-2')
    mustBecome(simulation, 'm-2', 'failed', simulation.bounds.crashRefusedMs)
    mustRest(simulation)
  })

  it('meets the next life of one that has ended', () => {
    const simulation = forgetful()
    simulation.freeze('m-0')
    simulation.run(1000)
    simulation.kill('m-1')
    simulation.run(LONGER_MS)
    simulation.restart('m-1')
    simulation.run(1000)
    simulation.thaw('m-0')
    mustRest(simulation)
    expect(told(simulation, 'member-restarted', 'm-1')).toEqual(['m-0 m-1'])
  })

  it.each([2, 5])('loses nobody when all slept (%i members)', (count) => {
    const simulation = forgetful({}, count)
    for (const { label } of simulation.live()) simulation.freeze(label)
    simulation.run(LONGER_MS)
    for (const { label } of simulation.live()) simulation.thaw(label)
    mustRest(simulation)
    expect(told(simulation, 'member-failed')).toEqual([])
    expect(told(simulation, 'member-removed')).toEqual([])
  })
})

describe('the sides of a partition that lasted longer than a tombstone', () => {
  it.each([
    { cut: ['m-0'], over: 'm-1' },
    { cut: ['m-0', 'm-2'], over: 'm-1' },
    { cut: ['m-0', 'm-2'], over: 'm-2' },
  ])('come together without one that ended meanwhile ($cut cut, $over gone)', ({ cut, over }) => {
    for (const end of ['leaves', 'dies', 'left just before'] as const) {
      const facts = watchFacts()
      const simulation = forgetful({ trace: facts.trace })
      if (end === 'left just before') simulation.leave(over, 0)
      simulation.cut(cut)
      simulation.run(1000)
      if (end === 'leaves') simulation.leave(over)
      if (end === 'dies') simulation.kill(over)
      simulation.run(LONGER_MS)
      facts.told.length = 0
      simulation.heal()
      mustAgree(simulation)
      simulation.run(60_000)
      mustRest(simulation)
      expect(facts.told.filter((each) => each.endsWith(` ${over}`))).toEqual([])
    }
  })
})
