import { describe, expect, it } from 'vitest'
import { playStep } from '../../src/sim/play/play-step.ts'
import { formedCluster, mustRest, told } from './real-cluster.ts'

describe('a member whose links are all forgotten', () => {
  it.each(['nothing', 'reset'] as const)(
    'is dialed anew, and not called failed (what comes gets %s)',
    (answer) => {
      const simulation = formedCluster(5)
      playStep(simulation, { at: 0, type: 'half-open', member: 'm-1', answer, share: 1 })
      simulation.run(simulation.bounds.deadLinkMs)
      mustRest(simulation)
      expect(told(simulation, 'member-failed')).toEqual([])
    },
  )
})

describe('one link that is forgotten in between', () => {
  it('is replaced within its bound, without a suspicion', () => {
    const simulation = formedCluster(5)
    const { process } = simulation.member('m-2')
    process.openSockets()[0]?.block()
    simulation.run(simulation.bounds.deadLinkMs)
    mustRest(simulation)
    expect(told(simulation, 'member-suspected')).toEqual([])
  })
})
