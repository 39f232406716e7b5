import { describe, expect, it } from 'vitest'
import { realCluster, told } from './real-cluster.ts'
import { type Spoiling, spoilt } from './spoilt-core.ts'

const waitsMs = Array.from({ length: 40 }, (_, step) => step * 5)

describe('a member that leaves while its link comes up', () => {
  it('says goodbye on it, whenever that is, and does not wait for its timeout', () => {
    const slow: number[] = []
    const failed = waitsMs.filter((waitMs) => {
      const simulation = realCluster({ seed: 5, network: { minLatencyMs: 20, maxLatencyMs: 25 } })
      simulation.addMembers(2)
      simulation.run(waitMs)
      simulation.leave('m-1')
      simulation.run(1000)
      if (simulation.member('m-1').isLive) slow.push(waitMs)
      simulation.run(14_000)
      return told(simulation, 'member-failed').length > 0
    })
    expect({ failed, slow }).toEqual({ failed: [], slow: [] })
  })
})

describe('a goodbye that queues up behind what was lost in a cut', () => {
  /** m-0 leaves more than two seconds after a cut, while its kernel still waits to send m-1 again what it said in there. */
  const leaveHeldUp = (spoiling: Spoiling = {}) => {
    // Nobody probes, so that nobody replaces the link.
    const slow = 600_000
    const protocol = {
      ...{ probeIntervalMs: slow, isolatedAfterMs: slow },
      ...{ failAfterMs: slow, failUnconfirmedAfterMs: slow },
    }
    const simulation = realCluster({ protocol, createCore: spoilt(spoiling) })
    simulation.addMembers(2)
    simulation.run(10_000)
    const cut = simulation.cut(['m-0'], ['m-1'])
    simulation.setMetadata('m-0', Uint8Array.of(1))
    simulation.run(3100)
    simulation.heal(cut)
    simulation.run(2800)
    simulation.leave('m-0')
    // Sent again after 200, 600, 1400, 3000 and 6200 ms.
    simulation.run(200)
    const isHeldUp = simulation.member('m-0').isLive
    simulation.run(1500)
    return { isHeldUp, hasLeft: !simulation.member('m-0').isLive }
  }

  it('ends once that has got through, and breaks no invariant before', () => {
    expect(leaveHeldUp()).toEqual({ isHeldUp: true, hasLeft: true })
  })

  it('must be answered then', () => {
    const send: Spoiling['send'] = (message) => (message.type === 'goodbye-ack' ? undefined : message)
    expect(() => leaveHeldUp({ send })).toThrow('m-0 still waits to leave')
  })
})
