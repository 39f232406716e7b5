// Leaving and readiness of real members in virtual time: deadlines, pauses and partitions take as long as they take.
import type { Cluster, Readiness } from '@rollcall/membership'
import { describe, expect, it } from 'vitest'
import { createTestCluster, type TestCluster } from '../../src/index.ts'
import { lines, record } from './events.ts'

/** Lets time pass, and gives every change of what a member said of its readiness meanwhile, with the time since. */
async function readinessOf(
  test: TestCluster,
  cluster: Cluster,
  ms: number,
): Promise<[number, Readiness['reason']][]> {
  const startedAt = test.now
  const said: [number, Readiness['reason']][] = []
  await test.until(
    () => {
      const { reason } = cluster.readiness()
      if (said.at(-1)?.[1] !== reason) said.push([test.now - startedAt, reason])
      return test.now - startedAt >= ms
    },
    { withinMs: ms + 1000 },
  )
  return said
}

describe('a member whose handover never ends', () => {
  it('says goodbye after 20 s, alive and without a suspicion until then', async () => {
    await using test = await createTestCluster(3)
    const told = record(test)
    const leaver = test.cluster('m-0')
    const ends: number[] = []
    leaver.beforeGoodbye(({ signal }) => {
      signal.addEventListener('abort', () => ends.push(test.now - startedAt))
      return new Promise(() => {})
    })
    const startedAt = test.now
    const left = leaver.leave()
    await test.advance(19_900)
    for (const { view } of test.clusters) {
      expect(view.members[0]).toMatchObject({ name: 'm-0', state: 'alive', leaving: true })
    }
    expect(leaver.readiness().reason).toBe('handing-over')
    await test.until(left, { withinMs: 300 })
    expect(ends).toEqual([20_000])
    expect(lines(told, 'member-left').sort()).toEqual(['m-1 member-left m-0', 'm-2 member-left m-0'])
    expect(lines(told, 'member-suspected')).toEqual([])
  })

  it('frees its process in 23 s, also when a peer that it says goodbye to is frozen', async () => {
    await using test = await createTestCluster(3)
    const leaver = test.cluster('m-0')
    leaver.beforeGoodbye(() => new Promise(() => {}))
    const startedAt = test.now
    const left = leaver.leave()
    await test.advance(19_900)
    test.freeze('m-1')
    await test.until(left, { withinMs: 10_000 })
    expect(test.now - startedAt).toBeGreaterThan(20_000)
    expect(test.now - startedAt).toBeLessThanOrEqual(23_000)
  })

  it('ends its hook when its time is over, cut off from all others', async () => {
    await using test = await createTestCluster(3, { joinOptions: { expectedSize: 3 } })
    const leaver = test.cluster('m-0')
    let view = leaver.view
    leaver.beforeGoodbye((context) => {
      view = context.view
      return new Promise((resolve) => context.signal.addEventListener('abort', resolve))
    })
    test.cut(['m-0'])
    await test.advance(4000)
    const left = leaver.leave({ handoverTimeoutMs: 5000 })
    await test.until(left, { withinMs: 8100 })
    expect(view.members.map(({ state }) => state)).toEqual(['alive', 'suspect', 'suspect'])
    expect(leaver.quorum.state).toBe('minority')
    await test.until(() => test.cluster('m-1').view.members[0]?.state === 'failed')
  })
})

describe('readiness in virtual time', () => {
  it('comes within seconds of a cold start, and stays', async () => {
    await using test = await createTestCluster(0)
    const members = await Promise.all(Array.from({ length: 5 }, () => test.add()))
    const said = await readinessOf(test, members[0] as Cluster, 60_000)
    expect(said.map(([, reason]) => reason)).toEqual(['not-joined', 'ready'])
    expect(said[1]?.[0]).toBeLessThan(3000)
    expect((members[0] as Cluster).view.members).toHaveLength(5)
    for (const member of members) expect(member.readiness().ready).toBe(true)
  })

  it('is not lost by a peer that pauses for three seconds, even one of two', async () => {
    await using test = await createTestCluster(2, { joinOptions: { expectedSize: 2 } })
    const other = test.cluster('m-1')
    await test.advance(1000)
    for (let i = 0; i < 3; i++) {
      test.freeze('m-0')
      const during = await readinessOf(test, other, 3000)
      test.thaw('m-0')
      const after = await readinessOf(test, other, 3000)
      expect([...during, ...after].map(([, reason]) => reason)).toEqual(['ready', 'ready'])
    }
  })

  it('is lost on the smaller side of a partition only, after some seconds, and comes back', async () => {
    await using test = await createTestCluster(5, { joinOptions: { expectedSize: 5 } })
    const [a, , c] = test.clusters as [Cluster, Cluster, Cluster]
    await test.advance(1000)
    test.cut(['m-0', 'm-1'])
    const said = await readinessOf(test, a, 20_000)
    expect(said.map(([, reason]) => reason)).toEqual(['ready', 'minority'])
    expect(said[1]?.[0]).toBeGreaterThanOrEqual(5000)
    expect(said[1]?.[0]).toBeLessThan(9000)
    expect(a.readiness({ allowMinority: true }).ready).toBe(true)
    expect(c.readiness().ready).toBe(true)
    test.heal()
    expect((await readinessOf(test, a, 20_000)).map(([, reason]) => reason)).toEqual(['minority', 'ready'])
  })

  it('is not lost by the one that stays when the other of two is restarted with a goodbye', async () => {
    await using test = await createTestCluster(2, { joinOptions: { expectedSize: 2 } })
    const stays = test.cluster('m-0')
    await test.advance(1000)
    await test.until(test.cluster('m-1').leave())
    const away = await readinessOf(test, stays, 4000)
    await test.restart('m-1')
    const back = await readinessOf(test, stays, 20_000)
    expect([...away, ...back].map(([, reason]) => reason)).toEqual(['ready', 'ready'])
  })

  it('is that of a member that is alone, and soon, where all that is listed refuses', async () => {
    await using test = await createTestCluster(0)
    for (let i = 0; i < 3; i++) await test.add()
    for (let i = 0; i < 3; i++) test.kill(`m-${i}`)
    const alone = await test.restart('m-0')
    const said = await readinessOf(test, alone, 30_000)
    expect(said.map(([, reason]) => reason)).toEqual(['not-joined', 'ready'])
    expect(said[1]?.[0]).toBeLessThanOrEqual(11_000)
  })
})
