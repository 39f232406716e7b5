import { afterEach, describe, expect, it } from 'vitest'
import { type Change, ClosedError, OptionError } from '../../src/index.ts'
import { Clusters } from './clusters.ts'
import { until } from './sockets.ts'

const clusters = new Clusters()
afterEach(() => clusters.leave())

describe('cluster.quorum', () => {
  it('is a majority once more than half of the given size are here, and says so as an event', async () => {
    const first = await clusters.join({ name: 'a', expectedSize: 3 })
    expect(first.quorum).toEqual({ state: 'minority', basis: 'given', expected: 3, present: 1 })
    expect(first.quorum).toBe(first.quorum)
    const before = first.quorum
    const told: unknown[] = []
    first.on('quorum-changed', (event) => told.push(event))
    const second = await clusters.join({ name: 'b', expectedSize: 3 })
    await until('both have a majority', () =>
      [first, second].every(({ quorum }) => quorum.state === 'majority'),
    )
    expect(first.quorum).toEqual({ state: 'majority', basis: 'given', expected: 3, present: 2 })
    expect(Object.isFrozen(first.quorum)).toBe(true)
    expect(told.at(-1)).toMatchObject({ type: 'quorum-changed', quorum: first.quorum, view: first.view })
    expect(told[0]).toMatchObject({ previous: before })
  })

  it('is unknown at first where no size was given, and its change is an item of changes()', async () => {
    const cluster = await clusters.join({ name: 'a' })
    expect(cluster.quorum.state).toBe('unknown')
    const changes = cluster.changes()
    await changes.next()
    cluster.setExpectedSize(3)
    const { value } = await changes.next()
    expect(value as Change).toMatchObject({
      type: 'quorum-changed',
      quorum: { state: 'minority', basis: 'given', expected: 3, present: 1 },
      previous: { state: 'unknown', basis: 'learnt', expected: 1, present: 1 },
    })
    expect(cluster.diagnosis().text).toContain('In a minority: 1 of 3 members expected (given)')
    expect(cluster.diagnosis().quorum).toBe(cluster.quorum)
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null])(
    'refuses the size %s',
    async (size) => {
      await expect(clusters.join({ expectedSize: size as number })).rejects.toMatchObject({
        code: 'ERR_ROLLCALL_INVALID_OPTION',
        option: 'expectedSize',
      })
      const cluster = await clusters.join()
      const { quorum } = cluster
      expect(() => cluster.setExpectedSize(size as number)).toThrow(OptionError)
      expect(cluster.quorum).toBe(quorum)
    },
  )

  it('refuses a size after the end, and keeps the last quorum', async () => {
    const cluster = await clusters.join({ expectedSize: 2 })
    await cluster.leave()
    expect(() => cluster.setExpectedSize(3)).toThrow(ClosedError)
    expect(cluster.quorum.expected).toBe(2)
  })
})
