import type { Cluster } from '@rollcall/membership'
import { createTestCluster } from '@rollcall/testkit'
import { expect, it } from 'vitest'

/** The program under test: one desk in each process. It takes orders unless it is on the smaller side of a partition. */
class OrderDesk {
  readonly lost: string[] = []
  readonly #cluster: Cluster

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    cluster.on('member-failed', ({ member }) => this.lost.push(member.name))
  }

  get isOpen(): boolean {
    return this.#cluster.quorum.state === 'majority'
  }
}

it('closes the desks on the smaller side of a partition, and opens them when it ends', async () => {
  await using test = await createTestCluster(5, { joinOptions: { expectedSize: 5 } })
  const desks = test.clusters.map((cluster) => new OrderDesk(cluster))
  const open = () => desks.map((desk) => desk.isOpen)
  expect(open()).toEqual([true, true, true, true, true])

  test.cut(['m-0', 'm-1', 'm-2'], ['m-3', 'm-4'])
  await test.advance(3000)
  expect(open()).toEqual([true, true, true, false, false])
  await test.until(() => desks[0]?.lost.length === 2, { withinMs: 10_000 })
  expect(desks[0]?.lost.toSorted()).toEqual(['m-3', 'm-4'])

  test.heal()
  await test.until(() => desks.every((desk) => desk.isOpen), { withinMs: 5000 })
})

it('notices a killed process, and its next life', async () => {
  await using test = await createTestCluster(3)
  const desk = new OrderDesk(test.cluster('m-0'))

  test.kill('m-2')
  await test.until(() => desk.lost.includes('m-2'), { withinMs: 1000 })

  const again = await test.restart('m-2')
  const view = await test.until(again.settled({ minMembers: 3 }))
  expect(view.members.map(({ state }) => state)).toEqual(['alive', 'alive', 'alive'])
})
