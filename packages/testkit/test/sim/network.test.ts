import { describe, expect, it } from 'vitest'
import { fakeCluster, fakeClusterWith } from './fake-core.ts'

describe('a simulated link', () => {
  it('opens on both sides and carries frames in order', () => {
    const { simulation, core, dial, ping } = fakeClusterWith({ jitterMs: 5 }, 'a', 'b')
    dial('a', 'b')
    simulation.run(50)
    ping('a', 1, 1, 2, 3, 4, 5, 6)
    ping('b', -1, 7)
    simulation.run(50)
    expect(core('a').heard()).toEqual(['dial-connected 1', 'link-opened 1', 'frame 1 7'])
    expect(core('b').heard()).toEqual([
      'link-opened -1',
      ...[1, 2, 3, 4, 5, 6].map((seq) => `frame -1 ${seq}`),
    ])
  })

  it('is closed with a code after what was sent before, once on each side', () => {
    const { simulation, core, dial, ping, act } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    ping('a', 1, 1)
    act('a', { type: 'close', link: 1, code: 4001, reason: 'duplicate' })
    ping('b', -1, 2)
    simulation.run(5000)
    expect(core('b').heard()).toEqual(['link-opened -1', 'frame -1 1', 'link-closed -1 4001'])
    expect(core('a').heard().slice(2)).toEqual(['frame 1 2', 'link-closed 1 4001'])
  })

  it('breaks without a code when the other process is killed', () => {
    const { simulation, core, dial } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    simulation.kill('b')
    simulation.run(2)
    expect(core('a').heard().at(-1)).toBe('link-closed 1 broken')
  })

  it('stays open without a word when the other host is lost', () => {
    const { simulation, core, dial, ping } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    simulation.kill('b', { address: 'vanishes-first' })
    ping('a', 1, 1)
    simulation.run(60_000)
    expect(core('a').heard()).toEqual(['dial-connected 1', 'link-opened 1'])
  })

  it('is reset once another host has the address of a lost one', () => {
    const { simulation, core, dial, ping } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    const { ip } = simulation.member('b').process.host
    simulation.kill('b', { address: 'vanishes-first' })
    ping('a', 1, 1)
    simulation.addMember('c', { ip })
    simulation.run(1000)
    expect(core('a').heard().at(-1)).toBe('link-closed 1 broken')
    expect(core('c').heard()).toEqual([])
  })

  it('breaks when retransmitting has been in vain for too long', () => {
    const { simulation, core, dial, ping } = fakeClusterWith({ giveUpMs: 10_000 }, 'a', 'b')
    dial('a', 'b')
    simulation.run(10)
    simulation.cut(['a'])
    ping('a', 1, 1)
    simulation.run(9000)
    expect(core('a').heard()).toHaveLength(2)
    simulation.run(2000)
    expect(core('a').heard().at(-1)).toBe('link-closed 1 broken')
    simulation.heal()
    simulation.run(20_000)
    expect(core('b').heard()).toEqual(['link-opened -1', 'link-closed -1 broken'])
  })

  it('loses nothing in a cut, and delivers with the next retransmission after it', () => {
    const { simulation, core, dial, ping } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    const cut = simulation.cut(['a'], ['b'])
    ping('a', 1, 1)
    simulation.run(1000)
    ping('a', 1, 2)
    simulation.heal(cut)
    expect(core('b').heard()).toEqual(['link-opened -1'])
    // Sent at 0, 200, 600 and 1400 ms.
    simulation.run(350)
    expect(core('b').heard()).toHaveLength(1)
    simulation.run(100)
    expect(core('b').heard().slice(1)).toEqual(['frame -1 1', 'frame -1 2'])
  })

  it('does not deliver what a lost host had sent into a cut', () => {
    const { simulation, core, dial, ping } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    simulation.cut(['a'], ['b'])
    ping('a', 1, 1)
    simulation.run(1000)
    simulation.kill('a', { address: 'vanishes' })
    simulation.heal()
    simulation.run(60_000)
    expect(core('b').heard()).toEqual(['link-opened -1'])
  })

  it('stalls in both directions when packets are lost one way', () => {
    const { simulation, core, dial, ping } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    simulation.cut(['a'], ['b'], { isOneWay: true })
    ping('a', 1, 1)
    ping('b', -1, 2)
    simulation.run(500)
    ping('b', -1, 3)
    simulation.run(500)
    expect(core('b').heard()).toEqual(['link-opened -1'])
    expect(core('a').heard().slice(2)).toEqual(['frame 1 2'])
  })

  it('is reset on both sides when all links of a live process are', () => {
    const { simulation, core, dial } = fakeCluster('a', 'b')
    dial('a', 'b')
    simulation.run(10)
    simulation.resetLinks('b')
    simulation.run(10)
    expect(core('a').heard().at(-1)).toBe('link-closed 1 broken')
    expect(core('b').heard().at(-1)).toBe('link-closed -1 broken')
  })
})

describe('a simulated dial', () => {
  it('is refused where no process listens', () => {
    const { simulation, core, dial } = fakeCluster('a', 'b')
    simulation.kill('b')
    dial('a', 'b')
    simulation.run(5)
    expect(core('a').heard()).toEqual(['dial-failed 1 refused'])
  })

  it.each([
    { unreachableMs: undefined, why: 'timeout' },
    { unreachableMs: 100, why: 'unreachable' },
  ])('ends as $why where the host is gone', ({ unreachableMs, why }) => {
    const { simulation, core, dial } = fakeClusterWith({ unreachableMs }, 'a', 'b')
    simulation.kill('b', { address: 'vanishes' })
    dial('a', 'b')
    simulation.run(2100)
    expect(core('a').heard()).toEqual([`dial-failed 1 ${why}`])
  })

  it('gets through with a later SYN when a cut heals in time', () => {
    const { simulation, core, dial } = fakeCluster('a', 'b')
    const cut = simulation.cut(['a'], ['b'])
    dial('a', 'b')
    simulation.run(500)
    simulation.heal(cut)
    simulation.run(600)
    expect(core('a').heard()).toEqual(['dial-connected 1', 'link-opened 1'])
  })

  it('connects to a frozen process, whose kernel accepts, but opens only when it thaws', () => {
    const { simulation, core, dial } = fakeCluster('a', 'b')
    simulation.freeze('b')
    dial('a', 'b')
    simulation.run(10_000)
    expect(core('a').heard()).toEqual(['dial-connected 1'])
    simulation.thaw('b')
    simulation.run(10)
    expect(core('a').heard()).toEqual(['dial-connected 1', 'link-opened 1'])
  })

  it('gets no answer once the accept queue of a frozen process is full', () => {
    const { simulation, core, dial } = fakeClusterWith({ backlog: 1 }, 'a', 'b')
    simulation.freeze('b')
    dial('a', 'b', 1)
    dial('a', 'b', 2)
    simulation.run(3000)
    expect(core('a').heard()).toEqual(['dial-connected 1', 'dial-failed 2 timeout'])
  })

  it('fails after connecting when the frozen process is killed', () => {
    const { simulation, core, dial } = fakeCluster('a', 'b')
    simulation.freeze('b')
    dial('a', 'b')
    simulation.run(100)
    simulation.kill('b')
    simulation.run(10)
    expect(core('a').heard()).toEqual(['dial-connected 1', 'dial-failed 1 other'])
  })

  it('can be given up, which is answered too', () => {
    const { simulation, core, dial, act } = fakeCluster('a', 'b')
    simulation.freeze('b')
    dial('a', 'b')
    simulation.run(100)
    act('a', { type: 'close', link: 1, code: 4006, reason: 'silent' })
    simulation.run(10)
    expect(core('a').heard()).toEqual(['dial-connected 1', 'dial-failed 1 other'])
    simulation.thaw('b')
    simulation.run(10)
    expect(core('b').heard()).toEqual(['link-opened -1', 'link-closed -1 broken'])
  })
})
