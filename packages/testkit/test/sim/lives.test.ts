import { describe, expect, it } from 'vitest'
import { formedCluster, mustAgree, mustBecome, mustRest, told } from './real-cluster.ts'

describe('a member that leaves', () => {
  it.each([2, 5, 16])('is left everywhere at once and failed nowhere (%i members)', (count) => {
    const simulation = formedCluster(count)
    simulation.leave('m-1')
    mustBecome(simulation, 'm-1', 'left', simulation.bounds.oneHopMs)
    mustRest(simulation)
    simulation.run(20_000)
    expect(told(simulation, 'member-left')).toHaveLength(count - 1)
    expect(told(simulation, 'member-failed')).toEqual([])
    expect(simulation.member('m-1').process.stopped).toBe('left')
  })

  it('is left everywhere when all leave but one', () => {
    const simulation = formedCluster(6)
    for (let i = 1; i < 6; i++) simulation.leave(`m-${i}`)
    simulation.run(5000)
    mustRest(simulation)
    expect(told(simulation, 'member-failed')).toEqual([])
  })

  it('stops when its time is up although a peer is frozen', () => {
    const simulation = formedCluster(3)
    simulation.freeze('m-2')
    simulation.leave('m-1', 1000)
    simulation.run(1500)
    expect(simulation.member('m-1').process.stopped).toBe('left')
  })
})

describe('a restarted member', () => {
  it.each([
    { sameAddress: false, clockBackMs: 0 },
    { sameAddress: true, clockBackMs: 0 },
    { sameAddress: false, clockBackMs: 3_600_000 },
    { sameAddress: true, clockBackMs: 3_600_000 },
    { sameAddress: false, clockBackMs: -3_600_000 },
  ])('replaces its old self everywhere (same address $sameAddress, clock back $clockBackMs)', (options) => {
    const simulation = formedCluster(5)
    const old = simulation.member('m-1').life
    simulation.restart('m-1', options)
    mustBecome(simulation, 'm-1', 'alive', simulation.bounds.repairMs)
    mustAgree(simulation)
    mustRest(simulation)
    const now = simulation.member('m-1').life
    expect(now.instance).not.toBe(old.instance)
    expect(now.generation).toBeGreaterThan(old.generation)
    expect(told(simulation, 'member-restarted', 'm-1')).toHaveLength(4)
  })

  it.each([{ clockBackMs: 0 }, { clockBackMs: 3_600_000 }])(
    'replaces its failed self after a while (clock back $clockBackMs)',
    (options) => {
      const simulation = formedCluster(5)
      simulation.kill('m-1')
      simulation.run(10_000)
      simulation.restart('m-1', options)
      mustAgree(simulation)
      mustRest(simulation)
      expect(told(simulation, 'member-restarted', 'm-1')).toHaveLength(4)
    },
  )

  it('replaces its left self after a while', () => {
    const simulation = formedCluster(5)
    simulation.leave('m-1')
    simulation.run(10_000)
    simulation.restart('m-1')
    mustAgree(simulation)
    mustRest(simulation)
  })

  it('is one of all in a rolling restart', () => {
    const simulation = formedCluster(5)
    for (let i = 0; i < 5; i++) {
      simulation.leave(`m-${i}`)
      simulation.run(2000)
      simulation.restart(`m-${i}`)
      simulation.run(3000)
    }
    mustRest(simulation)
    expect(told(simulation, 'member-failed')).toEqual([])
  })
})

describe('two processes with one name', () => {
  it.each([2, 5])('end with the older superseded (%i members)', (count) => {
    const simulation = formedCluster(count)
    simulation.addMember('m-1', { label: 'twin' })
    simulation.run(10_000)
    expect(simulation.member('m-1').process.stopped).toBe('superseded')
    expect(told(simulation, 'superseded')).toEqual(['m-1 m-1'])
    mustRest(simulation)
  })
})

describe('an address', () => {
  it.each(['vanishes', 'vanishes-first'] as const)(
    'taken over by someone else is not mistaken for the member that had it (%s)',
    (address) => {
      const simulation = formedCluster(5)
      const { ip } = simulation.member('m-1').process.host
      simulation.kill('m-1', { address })
      simulation.addMember('other', { ip })
      mustBecome(simulation, 'm-1', 'failed', simulation.bounds.completenessMs)
      mustRest(simulation)
    },
  )
})

describe('metadata', () => {
  it('is seen by all others at one hop', () => {
    const simulation = formedCluster(16)
    simulation.setMetadata('m-3', Uint8Array.of(1, 2, 3))
    mustAgree(simulation, simulation.bounds.oneHopMs)
    expect(told(simulation, 'member-updated', 'm-3')).toHaveLength(15)
    mustRest(simulation)
  })
})
