import { describe, expect, it } from 'vitest'
import { realParts } from '../../src/sim/real-parts.ts'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustRest, told } from './real-cluster.ts'

/** So many members at rest, who talk to each other all the time. */
function talking(count: number, seed: number): Simulation {
  const simulation = formedCluster(count, { ...realParts, seed })
  simulation.run(1000)
  return simulation
}

/** The links of a member, by what both ends call them. */
function links(simulation: Simulation, label: string): string[] {
  return simulation
    .member(label)
    .process.core.links()
    .map(({ peer, openedAt }) => `${peer.name} ${openedAt}`)
}

/** How often what a member says to others was cut off. */
function breaks(simulation: Simulation): number {
  let eras = 0
  for (const { chatter, process } of simulation.live())
    for (const { name } of process.core.view.members) {
      const session = process.sessions?.sessions.get(name)
      if (session !== undefined) eras += chatter?.conversation(session).era ?? 0
    }
  return eras
}

const seeds = Array.from({ length: 8 }, (_, i) => i + 1)

describe('links made with a key that counts no more', () => {
  it.each([
    ['one member', ['m-2']],
    ['all members, one after the other', ['m-0', 'm-1', 'm-2', 'm-3', 'm-4']],
  ])(
    'are replaced under load when %s knows, without a suspicion, and without a message lost',
    (_, labels) => {
      for (const seed of seeds) {
        const simulation = talking(5, seed)
        const before = new Map(labels.map((label) => [label, links(simulation, label)]))
        const brokenBefore = breaks(simulation)
        for (const label of labels) {
          simulation.outdateLinks(label)
          simulation.run(seed % 2 === 0 ? 700 : 3)
        }
        simulation.run(4000)
        for (const label of labels) {
          const kept = links(simulation, label).filter((link) => before.get(label)?.includes(link))
          expect(kept, `seed ${seed}, ${label}`).toEqual([])
        }
        expect(breaks(simulation), `seed ${seed}`).toBe(brokenBefore)
        expect(told(simulation, 'member-suspected'), `seed ${seed}`).toEqual([])
        mustRest(simulation)
      }
    },
  )

  it('are replaced in one go when all members know at the same moment', () => {
    for (const seed of seeds) {
      const simulation = talking(5, seed)
      const brokenBefore = breaks(simulation)
      for (const { label } of simulation.live()) simulation.outdateLinks(label)
      simulation.run(4000)
      expect(breaks(simulation), `seed ${seed}`).toBe(brokenBefore)
      expect(told(simulation, 'member-suspected'), `seed ${seed}`).toEqual([])
      mustRest(simulation)
    }
  })

  it('are replaced again and again, whoever dialed them', () => {
    const simulation = talking(3, 1)
    for (let i = 0; i < 6; i++) {
      const label = `m-${i % 3}`
      const before = links(simulation, label)
      simulation.outdateLinks(label)
      simulation.run(2000)
      expect(links(simulation, label).filter((link) => before.includes(link))).toEqual([])
    }
    mustRest(simulation)
  })
})

describe('an outdated link that cannot be replaced', () => {
  it('is closed after some seconds, and the members are linked as soon as they can be', () => {
    const simulation = talking(5, 1)
    const { host, address } = simulation.member('m-4').process
    const port = Number(address.split(':')[1])
    // Nobody gets through to it, and it to nobody.
    const listeners = simulation.live().map(({ process }) => process.host)
    const taken = listeners.map((each) => [each, each.listeners.get(port)] as const)
    for (const each of listeners) each.listeners.delete(port)
    expect(listeners).toContain(host)
    simulation.outdateLinks('m-4')
    simulation.run(4500)
    expect(links(simulation, 'm-4')).toHaveLength(4)
    simulation.run(1000)
    expect(links(simulation, 'm-4')).toEqual([])
    expect(told(simulation, 'member-failed')).toEqual([])
    for (const [each, listener] of taken) if (listener) each.listeners.set(port, listener)
    mustRest(simulation)
  })
})
