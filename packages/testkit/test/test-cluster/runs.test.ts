import { describe, expect, it } from 'vitest'
import { createTestCluster, type TestCluster } from '../../src/index.ts'
import { record, type Told } from './events.ts'

/** A run with something of everything; what its members were told. */
async function story(seed: number): Promise<Told[]> {
  await using test = await createTestCluster(4, { seed, joinOptions: { expectedSize: 4 } })
  const told = record(test)
  test.kill('m-3')
  await test.advance(1000)
  test.freeze('m-1')
  await test.advance(1500)
  test.thaw('m-1')
  const again = await test.restart('m-3')
  told.push(...record(test, [again]))
  await test.until(again.settled({ minMembers: 4 }))
  test.cut(['m-0', 'm-1'], ['m-2', 'm-3'])
  await test.advance(10_000)
  test.heal()
  await test.advance(10_000)
  await test.until(test.cluster('m-0').leave())
  return told
}

const names = (test: TestCluster) => test.clusters.map(({ view }) => view.self.name)

describe('test clusters', () => {
  it.each([1, 2, 20])('of %i are whole when they are created', async (n) => {
    await using test = await createTestCluster(n)
    expect(test.clusters.length).toBe(n)
    for (const { view } of test.clusters) {
      expect(view.members.map(({ state }) => state)).toEqual(Array(n).fill('alive'))
    }
    await test.until(Promise.all(test.clusters.map((cluster) => cluster.settled({ minMembers: n }))))
    const [first] = test.clusters
    expect(first?.links().length).toBe(n - 1)
  })

  it('may begin empty, so that a test sees the cluster form', async () => {
    await using test = await createTestCluster(0)
    expect(test.clusters).toEqual([])
    const first = await test.add()
    const told = record(test, [first])
    const second = await test.add()
    expect(second.view.members.length).toBe(1)
    await test.until(() => told.length > 0)
    expect(told).toMatchObject([{ to: 'm-0', type: 'member-joined', about: 'm-1' }])
  })

  it('tell the same story for the same seed, to the fraction of a millisecond, and another for another', async () => {
    const first = await story(5)
    expect(first.length).toBeGreaterThan(20)
    expect(await story(5)).toEqual(first)
    expect(await story(6)).not.toEqual(first)
  })

  it('know nothing of each other, two at a time', async () => {
    await using one = await createTestCluster(3, { seed: 1 })
    await using other = await createTestCluster(2, { seed: 2 })
    const told = record(other)
    one.kill('m-1')
    await Promise.all([one.advance(3000), other.advance(5000)])
    expect(one.cluster('m-0').view.members[1]?.state).toBe('failed')
    expect(told).toEqual([])
    expect([names(one), names(other)]).toEqual([
      ['m-0', 'm-2'],
      ['m-0', 'm-1'],
    ])
    expect(await alone(1)).toEqual(one.cluster('m-0').view)
  })
})

/** The same as above, without another one beside it. */
async function alone(seed: number) {
  await using test = await createTestCluster(3, { seed })
  test.kill('m-1')
  await test.advance(3000)
  return test.cluster('m-0').view
}
