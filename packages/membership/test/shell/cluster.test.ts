import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { ClusterEvent } from '../../src/index.ts'
import { aliveNames, Clusters, memberOf, recorder } from './clusters.ts'
import { tcpServer, until } from './sockets.ts'

const clusters = new Clusters()
afterEach(() => clusters.leave())

describe('a cluster', () => {
  it('of one is there at once', async () => {
    const one = await clusters.join({ name: 'one' })
    expect(one.view.members).toEqual([one.view.self])
    expect(one.view.self).toMatchObject({ name: 'one', state: 'alive', isSelf: true, leaving: false })
    expect(await one.settled({ stableMs: 0 })).toBe(one.view)
  })

  it.each([2, 5, 16])('of %i forms, with one link for each pair', async (count) => {
    const all = await clusters.form(count)
    const oneEach = () => all.every((cluster) => cluster.links().length === count - 1)
    await until('one link for each pair', oneEach)
    expect(all.map((cluster) => cluster.diagnosis().counters['internal-errors'] ?? 0)).toEqual(
      all.map(() => 0),
    )
    for (const cluster of all) {
      expect(cluster.view.members.map((member) => member.isSelf).filter(Boolean).length).toBe(1)
      expect(cluster.diagnosis().isolated).toBe(false)
    }
  })

  it('is left with a goodbye, and everyone knows that it was one', async () => {
    const [first, second, third] = await clusters.form(3)
    const seen: string[] = []
    second?.on('member-leaving', ({ type, member }) => seen.push(`${type} ${member.name}`))
    second?.on('member-left', ({ type, member }) => seen.push(`${type} ${member.name}`))
    second?.on('member-failed', ({ type, member }) => seen.push(`${type} ${member.name}`))
    await first?.leave()
    await until('both know', () =>
      [second, third].every((one) => one && memberOf(one, 'm-0')?.state === 'left'),
    )
    expect(seen.at(-1)).toBe('member-left m-0')
    expect(seen).not.toContain('member-failed m-0')
    expect(await first?.closed).toEqual({ type: 'left' })
  })

  it('takes in the same name again at a new address, as a restart', async () => {
    const [first, second] = await clusters.form(2)
    const old = memberOf(first as never, 'm-1')
    await second?.leave()
    const restarted: ClusterEvent[] = []
    first?.on('member-restarted', (event) => restarted.push(event))
    first?.on('member-recovered', (event) => restarted.push(event))
    const again = await clusters.join({ name: 'm-1' })
    await clusters.agreed([first as never, again])
    const now = memberOf(first as never, 'm-1')
    expect(now?.instance).toBe(again.view.self.instance)
    expect(now?.generation).toBeGreaterThan(old?.generation as number)
    expect(restarted.map((event) => event.type)).toEqual(['member-restarted'])
    expect(restarted[0]).toMatchObject({ previous: { instance: old?.instance } })
  })

  it('does not take in members of another cluster, and both say why', async () => {
    const { lines, logger } = recorder()
    const one = await clusters.join({ name: 'one', clusterId: 'red', logger })
    const other = await clusters.join({ name: 'other', clusterId: 'blue' })
    await until('the refusal is known', () =>
      [one, other].every((cluster) =>
        cluster.diagnosis().unreached.some(({ why }) => why === 'wrong-cluster'),
      ),
    )
    expect(one.view.members.length).toBe(1)
    expect(other.diagnosis().text).toContain('Belongs to another cluster than blue: 127.0.0.1:')
    // One line for the dial and one for the other's dial, however often both try again.
    expect(lines.filter((line) => line.includes('"blue"')).length).toBeLessThanOrEqual(2)
    expect(lines.length).toBeGreaterThan(0)
  })

  it('is joined once the seeds are found, however late', async () => {
    const hidden = await clusters.join({ name: 'hidden', seeds: async () => [] })
    let lookUps = 0
    const late = await clusters.join({
      name: 'late',
      seeds: async () => {
        if (++lookUps < 2) throw new Error('no name server')
        return clusters.addresses
      },
    })
    await until('the first look-up failed', () => late.diagnosis().seeds?.problem !== undefined)
    expect(late.diagnosis().text).toContain('no name server')
    await clusters.agreed([hidden, late])
    expect(late.diagnosis().seeds?.problem).toBeUndefined()
  })

  it('tells an older process that a newer one has its name', async () => {
    const { lines, fields, logger } = recorder()
    const older = await clusters.join({ name: 'same', logger })
    const by = new Promise((resolve) => older.once('superseded', (event) => resolve(event.by.instance)))
    await new Promise((resolve) => setTimeout(resolve, 5))
    const newer = await clusters.join({ name: 'same' })
    expect(await by).toBe(newer.view.self.instance)
    expect(await older.closed).toMatchObject({
      type: 'superseded',
      by: { instance: newer.view.self.instance },
    })
    expect(lines.find((line) => line.startsWith('superseded'))).toContain(newer.view.self.addresses[0])
    expect(fields.find(({ kind }) => kind === 'superseded')?.instance).toBe(newer.view.self.instance)
    await expect(older.setMetadata(1)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_CLOSED',
      reason: 'superseded',
    })
    expect(aliveNames(newer)).toEqual(['same'])
  })

  it('lists its links, with whom and how fast', async () => {
    const [first, second] = await clusters.form(2)
    await until('a round trip is measured', () => first?.links()[0]?.rttMs !== undefined)
    expect(first?.links()).toEqual([
      {
        name: 'm-1',
        instance: second?.view.self.instance,
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        dialedByUs: expect.any(Boolean),
        rttMs: expect.any(Number),
        ageMs: expect.any(Number),
      },
    ])
    expect(first?.diagnosis().bytesSent).toBeGreaterThan(0)
  })

  it('knows when it is isolated, and when no longer', async () => {
    // It takes connections and never says a word, as a stopped process does.
    const silent = await tcpServer(() => {})
    try {
      const told: boolean[] = []
      const seeds = async () => [`127.0.0.1:${silent.port}`, ...clusters.addresses]
      const one = await clusters.join({ seeds, protocol: { isolatedAfterMs: 300 } })
      one.on('isolated', ({ isolated }) => told.push(isolated))
      await until('it is isolated', () => told.length > 0)
      expect(one.diagnosis().text).toContain('Isolated')
      expect(one.diagnosis().text).toMatch(/The source of seeds lists \d+ other address(es)?, 0 reached\./)
      expect(one.diagnosis().listed.reached).toBe(0)
      const other = await clusters.join()
      await clusters.agreed([one, other])
      await until('it is told again', () => told.length > 1)
      expect(told).toEqual([true, false])
      expect(one.diagnosis().isolated).toBe(false)
      await until('its address is listed and reached', () => one.diagnosis().listed.reached === 1)
    } finally {
      silent.close()
    }
  })

  it('logs where a link comes from that never says hello', async () => {
    const { lines, fields, logger } = recorder()
    const one = await clusters.join({ logger, protocol: { helloTimeoutMs: 50 } })
    const silent = new WebSocket(`ws://${one.view.self.addresses[0]}/rollcall`)
    try {
      await until('it is logged', () => lines.length > 0)
      expect(lines).toEqual(['link from 127.0.0.1 closed: no hello in time'])
      expect(fields).toEqual([{ kind: 'refused-4006', peer: '127.0.0.1' }])
    } finally {
      silent.terminate()
    }
  })

  it('says why it is alone', async () => {
    const alone = await clusters.join({ seeds: async () => ['127.0.0.1:1', '10.0.0.1:5', 'nonsense'] })
    await until('the dial failed', () => alone.diagnosis().unreached.some(({ why }) => why === 'refused'))
    const { text, notDialed, members, unreached } = alone.diagnosis()
    expect(members.alive).toBe(1)
    expect(notDialed).toEqual(['10.0.0.1:5'])
    expect(unreached.map(({ address }) => address)).toEqual(['127.0.0.1:1'])
    for (const part of ['Alone', 'nonsense', 'security', '10.0.0.1:5', 'Nothing listens at: 127.0.0.1:1']) {
      expect(text).toContain(part)
    }
  })
})
