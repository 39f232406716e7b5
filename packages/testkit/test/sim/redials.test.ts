import { describe, expect, it } from 'vitest'
import { formedCluster } from './real-cluster.ts'

describe('a dial that waits for an answer', () => {
  it('is given up when its host was lost meanwhile', () => {
    const simulation = formedCluster(3, { protocol: { forgetAfterMs: 60_000, tombstoneMs: 60_000 } })
    const { process } = simulation.member('m-0')
    const before = process.sockets
    simulation.addMember('x')
    simulation.run(5000)
    simulation.freeze('x')
    simulation.run(20_000)
    simulation.kill('x', { address: 'vanishes-first' })
    simulation.run(600_000)
    expect(process.sockets).toBe(before)
  })
})
