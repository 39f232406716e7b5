import { describe, expect, it } from 'vitest'
import { createTestCluster } from '../../src/index.ts'
import { lines, record } from './events.ts'

const larger = ['m-0', 'm-1', 'm-2']
const smaller = ['m-3', 'm-4']

describe('a test cluster of five, cut into three and two', () => {
  it('says minority on the smaller side before the larger calls it failed, and merges when healed', async () => {
    await using test = await createTestCluster(5, { joinOptions: { expectedSize: 5 } })
    const told = record(test)
    test.cut(larger, smaller)
    const side = (names: string[]) => names.map((name) => test.cluster(name))
    const failedIn = (names: string[]) =>
      side(names).map(({ view }) =>
        view.members.filter(({ state }) => state === 'failed').map(({ name }) => name),
      )

    await test.until(() => [...failedIn(larger), ...failedIn(smaller)].every(({ length }) => length >= 2), {
      withinMs: 12_000,
    })
    await test.advance(1000)
    expect(failedIn(larger)).toEqual([smaller, smaller, smaller])
    expect(failedIn(smaller)).toEqual([larger, larger])
    expect(side(larger).map(({ quorum }) => quorum.state)).toEqual(['majority', 'majority', 'majority'])
    expect(side(smaller).map(({ quorum }) => quorum.state)).toEqual(['minority', 'minority'])
    expect(lines(told, 'quorum-changed').sort()).toContain('m-3 quorum-changed minority')
    const minorityAt = told.find(({ to, about }) => to === 'm-4' && about === 'minority')?.at ?? Number.NaN
    const failedAt = told.find(({ to, type }) => to === 'm-0' && type === 'member-failed')?.at ?? Number.NaN
    expect(minorityAt).toBeLessThan(failedAt)
    expect(test.cluster('m-4').diagnosis().text).toContain('In a minority: 2 of 5')

    test.heal()
    await test.until(
      () => test.clusters.every(({ view }) => view.members.every(({ state }) => state === 'alive')),
      {
        withinMs: 5000,
      },
    )
    await test.until(Promise.all(test.clusters.map((cluster) => cluster.settled({ minMembers: 5 }))))
    expect(new Set(test.clusters.map(({ view }) => view.id)).size).toBe(1)
    await test.until(() => test.clusters.every(({ quorum }) => quorum.state === 'majority'))
    expect(lines(told)).toContain('m-3 quorum-changed majority')
    expect(lines(told)).toContain('m-0 member-recovered m-4')
  })

  it('cuts off all others, later ones included, where they are not named', async () => {
    await using test = await createTestCluster(2)
    test.cut(['m-1'])
    await test.add()
    await test.until(() => test.cluster('m-2').view.members.some(({ name }) => name === 'm-0'))
    await test.advance(10_000)
    expect(test.cluster('m-1').view.members.map(({ name }) => name)).toEqual(['m-0', 'm-1'])
    expect(test.cluster('m-1').diagnosis()).toMatchObject({ isolated: true })
    test.heal()
    await test.until(() => test.cluster('m-1').view.members.length === 3)
  })

  it('takes the members themselves for their names', async () => {
    await using test = await createTestCluster(3)
    const [first, second, third] = test.clusters
    if (!first || !second || !third) throw new Error('three were asked for')
    test.cut([first], [second, third])
    await test.until(() => second.view.members[0]?.state === 'failed')
    expect(third.explain('m-0')?.why).toBeDefined()
  })
})
