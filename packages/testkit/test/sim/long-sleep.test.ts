import { describe, expect, it } from 'vitest'
import { formedCluster, mustRest } from './real-cluster.ts'

/** Two days with the defaults are five minutes with these: longer than anyone is remembered. */
const protocol = { forgetAfterMs: 60_000, tombstoneMs: 120_000 }
const SLEEP_MS = 300_000

describe('a member resumed when all have forgotten it', () => {
  it('comes back, and revives nobody who died meanwhile', () => {
    const simulation = formedCluster(3, { protocol })
    simulation.addMember('gone')
    simulation.run(5000)
    simulation.freeze('m-2')
    simulation.kill('gone', { address: 'vanishes' })
    simulation.run(SLEEP_MS)
    expect(
      simulation
        .views()
        .get('m-0')
        ?.members.map(({ name }) => name),
    ).toEqual(['m-0', 'm-1'])
    simulation.thaw('m-2')
    mustRest(simulation)
    const alive = simulation
      .views()
      .get('m-0')
      ?.members.flatMap(({ name, state }) => (state === 'alive' ? [name] : []))
    expect(alive).toEqual(['m-0', 'm-1', 'm-2'])
  })

  it('finds no more connections waiting than it was dialed for at first', () => {
    const simulation = formedCluster(3)
    simulation.freeze('m-2')
    simulation.run(20_000)
    const { process } = simulation.member('m-2')
    const before = process.sockets
    simulation.run(600_000)
    expect(process.sockets).toBe(before)
  })
})
