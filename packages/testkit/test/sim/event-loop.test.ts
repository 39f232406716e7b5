import { describe, expect, it } from 'vitest'
import { fakeCluster } from './fake-core.ts'

describe('a simulated process', () => {
  it('wakes late after a freeze, before it reads what has queued up, and then has drained', () => {
    const { simulation, core, dial, ping } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    const { process } = simulation.member('b')
    core('b').answer = (input) => {
      if (input.type !== 'wake') return []
      core('b').wakeAt = undefined
      return [{ type: 'drain' }]
    }
    core('b').wakeAt = process.now + 100
    ping('a', 1, 1)
    simulation.run(5)
    simulation.freeze('b')
    ping('a', 1, 2, 3)
    simulation.run(3000)
    simulation.thaw('b')
    expect(core('b').heard()).toEqual([
      ...['link-opened -1', 'frame -1 1'],
      ...['wake', 'frame -1 2', 'frame -1 3', 'drained'],
    ])
    expect(core('b').received.at(-1)?.at).toBe(process.now)
  })

  it('handles everything late while it is slow, due timers first', () => {
    const { simulation, core, dial, ping } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    simulation.slow('b', 100, 1000)
    ping('a', 1, 1)
    simulation.run(20)
    expect(core('b').heard()).toEqual(['link-opened -1'])
    simulation.run(100)
    expect(core('b').heard()).toEqual(['link-opened -1', 'frame -1 1'])
  })

  it('reports a dial as timed out after a thaw although the connection is there, as Node does', () => {
    const { simulation, core, dial } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.freeze('a')
    simulation.run(5000)
    simulation.thaw('a')
    expect(core('a').heard()).toEqual(['dial-failed 1 timeout'])
  })

  it('says that it has left, closes its links with a code, and then is gone', () => {
    const { simulation, core, dial, act } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    act('a', { type: 'stopped', reason: 'left' })
    simulation.run(2000)
    expect(core('b').heard()).toEqual(['link-opened -1', 'link-closed -1 4000'])
    expect(simulation.live().map((member) => member.label)).toEqual(['b'])
    dial('b', 'a')
    simulation.run(10)
    expect(core('b').heard().at(-1)).toBe('dial-failed 1 refused')
  })

  it('is told the records of its Service, and not again until they change', () => {
    const { simulation, core } = fakeCluster('a', 'b')
    const seeds = () =>
      core('b').received.flatMap(({ input }) => (input.type === 'seeds' ? [input.addresses] : []))
    simulation.run(60_000)
    expect(seeds()).toEqual([['10.0.0.1:7946', '10.0.0.2:7946']])
    simulation.kill('a')
    simulation.run(60_000)
    expect(seeds().slice(1)).toEqual([['10.0.0.2:7946']])
    simulation.service.mode = 'failing'
    simulation.addMember('c')
    simulation.run(60_000)
    expect(seeds()).toHaveLength(2)
    simulation.service.mode = 'empty'
    simulation.run(60_000)
    expect(seeds().at(-1)).toEqual([])
  })
})
