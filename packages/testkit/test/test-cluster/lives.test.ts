import { describe, expect, it } from 'vitest'
import { createTestCluster } from '../../src/index.ts'
import { lines, record, seen } from './events.ts'

describe('in a test cluster', () => {
  it('a killed member fails in the others within a virtual second, with a reason', async () => {
    await using test = await createTestCluster(3)
    const told = record(test)
    const killedAt = test.now
    test.kill('m-1')
    await test.until(() => lines(told, 'member-failed').length === 2, { withinMs: 1000 })
    expect(lines(told, 'member-failed').sort()).toEqual(['m-0 member-failed m-1', 'm-2 member-failed m-1'])
    expect(test.now - killedAt).toBeGreaterThan(0)
    expect(test.clusters.map((cluster) => cluster.view.self.name)).toEqual(['m-0', 'm-2'])
    expect(test.cluster('m-0').explain('m-1')).toMatchObject({
      state: 'failed',
      why: { type: 'connection-refused' },
    })
    // Nothing goes on in the dead one.
    expect(seen(test.cluster('m-1'))).toBe('m-0 alive, m-1 alive, m-2 alive')
  })

  it('a frozen member is suspected after a second or so, and recovers when thawed after two', async () => {
    await using test = await createTestCluster(3)
    const told = record(test)
    test.freeze('m-2')
    await test.advance(2000)
    expect(
      lines(told, 'member-suspected')
        .filter((line) => line.endsWith('m-2'))
        .sort(),
    ).toEqual(['m-0 member-suspected m-2', 'm-1 member-suspected m-2'])
    test.thaw('m-2')
    await test.advance(2000)
    expect(
      lines(told, 'member-recovered')
        .filter((line) => line.endsWith('m-2'))
        .sort(),
    ).toEqual(['m-0 member-recovered m-2', 'm-1 member-recovered m-2'])
    expect(lines(told, 'member-failed')).toEqual([])
    expect(told.filter(({ to }) => to === 'm-2')).toEqual([])
  })

  it('a frozen member fails after four seconds or so', async () => {
    await using test = await createTestCluster(5)
    const told = record(test)
    test.freeze('m-2')
    await test.until(() => lines(told, 'member-failed').length === 4, { withinMs: 6000 })
    expect(test.clusters.length).toBe(5)
    expect(test.report()).toContain('m-2 (frozen) sees')
  })

  it('a name that starts again is a new life, and replaces the old one', async () => {
    await using test = await createTestCluster(3)
    const told = record(test)
    const before = test.cluster('m-1').view.self
    const again = await test.restart('m-1')
    expect(test.cluster('m-1')).toBe(again)
    await test.until(again.settled({ minMembers: 3 }))
    const after = again.view.self
    expect(after.generation).toBeGreaterThan(before.generation)
    expect(after.instance).not.toBe(before.instance)
    expect(after.addresses).toEqual(before.addresses)
    expect(lines(told, 'member-restarted').sort()).toEqual([
      'm-0 member-restarted m-1',
      'm-2 member-restarted m-1',
    ])
  })

  it('a name that starts again after it was killed, or has left, is welcome', async () => {
    await using test = await createTestCluster(3)
    test.kill('m-1')
    await test.until(test.cluster('m-2').leave())
    await test.advance(5000)
    expect(seen(test.cluster('m-0'))).toBe('m-0 alive, m-1 failed, m-2 left')
    await test.restart('m-1')
    await test.restart('m-2')
    await test.until(Promise.all(test.clusters.map((cluster) => cluster.settled({ minMembers: 3 }))))
    expect(seen(test.cluster('m-2'))).toBe('m-0 alive, m-1 alive, m-2 alive')
  })

  it('a member that leaves has left, and is closed', async () => {
    await using test = await createTestCluster(3)
    const told = record(test)
    const [, leaver] = test.clusters
    if (!leaver) throw new Error('three were asked for')
    const startedAt = test.now
    await test.until(leaver.leave())
    expect(test.now - startedAt).toBeLessThan(100)
    expect(await leaver.closed).toEqual({ type: 'left' })
    expect(lines(told, 'member-left')).toEqual(['m-0 member-left m-1', 'm-2 member-left m-1'])
    expect(lines(told, 'member-leaving')).toEqual(expect.arrayContaining(['m-0 member-leaving m-1']))
    expect(() => leaver.changes()).toThrow(expect.objectContaining({ code: 'ERR_ROLLCALL_CLOSED' }))
    await test.advance(10_000)
    expect(lines(told, 'member-failed')).toEqual([])
    expect(test.clusters.length).toBe(2)
    expect(test.report()).toContain('m-1 (closed)')
  })

  it('a member that hands over says goodbye when that is done, and the others see it leaving until then', async () => {
    await using test = await createTestCluster(3)
    const [leaver, other] = test.clusters
    if (!leaver || !other) throw new Error('three were asked for')
    leaver.beforeGoodbye(() => test.sleep(3000))
    const left = leaver.leave()
    await test.advance(2900)
    expect(other.view.members[0]).toMatchObject({ state: 'alive', leaving: true })
    expect(test.report()).toContain('m-1 sees leaving m-0, alive m-1 m-2')
    await test.until(left, { withinMs: 200 })
    expect(other.view.members[0]?.state).toBe('left')
  })

  it('one member more is found by all', async () => {
    await using test = await createTestCluster(2, { joinOptions: { metadata: { zone: 'a' } } })
    const told = record(test)
    const added = await test.add('extra', { metadata: { zone: 'b' } })
    await test.until(added.settled({ minMembers: 3 }))
    expect(lines(told, 'member-joined').sort()).toEqual([
      'm-0 member-joined extra',
      'm-1 member-joined extra',
    ])
    expect(test.cluster('m-0').view.members.map(({ metadata }) => metadata)).toEqual([
      { zone: 'b' },
      { zone: 'a' },
      { zone: 'a' },
    ])
    expect((await test.add()).view.self.name).toBe('m-3')
  })
})
