import { describe, it } from 'vitest'
import { formedCluster, mustBecome } from './real-cluster.ts'

describe('a twin that dies with the only member that met it', () => {
  it('leaves its namesake able to notice a frozen member', () => {
    const simulation = formedCluster(5)
    const ip = simulation.newIp()
    const others = [1, 2, 3, 4].map((n) => simulation.member(`m-${n}`).process.host.ip)
    simulation.network.cut(others, [ip])
    simulation.addMember('m-1', { ip, label: 'twin' })
    simulation.run(1000)
    simulation.kill('twin', { address: 'vanishes-first' })
    simulation.kill('m-0', { address: 'vanishes-first' })
    simulation.heal()
    simulation.run(60_000)
    // Only m-1 is left to notice.
    simulation.kill('m-3')
    simulation.kill('m-4')
    simulation.run(10_000)
    simulation.freeze('m-2')
    mustBecome(simulation, 'm-2', 'failed', simulation.bounds.completenessMs)
  })
})
