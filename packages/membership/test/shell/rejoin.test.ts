import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { Cluster, JoinOptions } from '../../src/index.ts'
import { Clusters, memberOf } from './clusters.ts'
import { until } from './sockets.ts'

const clusters = new Clusters()
afterEach(() => clusters.leave())

const TIMES = 20

/** What a member might leave behind in its process. */
function heldByProcess(): Record<string, number> {
  const held: Record<string, number> = {}
  for (const resource of process.getActiveResourcesInfo()) held[resource] = (held[resource] ?? 0) + 1
  for (const event of process.eventNames()) held[`on ${String(event)}`] = process.listenerCount(event)
  // Timers of others come and go.
  const { Timeout: _, Immediate: __, ...rest } = held
  return rest
}

/** Joins and leaves with the same options again and again; gives each life as the other member saw it. */
async function comeAndGo(
  other: Cluster,
  options: JoinOptions,
): Promise<{ generation: number; instance: string }[]> {
  const lives: { generation: number; instance: string }[] = []
  for (let i = 0; i < TIMES; i++) {
    const cluster = await clusters.join(options)
    const { instance, name } = cluster.view.self
    const isHere = () =>
      memberOf(other, name)?.instance === instance && memberOf(other, name)?.state === 'alive'
    // Every other time it leaves before anybody can have met it.
    if (i % 2 === 0) await until('it is here', isHere)
    lives.push({ generation: cluster.view.self.generation, instance })
    await cluster.leave()
  }
  return lives
}

function expectRising(lives: readonly { generation: number; instance: string }[]): void {
  expect(new Set(lives.map(({ instance }) => instance)).size).toBe(TIMES)
  for (const [i, { generation }] of lives.entries()) {
    if (i > 0) expect(generation).toBeGreaterThanOrEqual(lives[i - 1]?.generation as number)
  }
}

describe('joining again in the same process', () => {
  it('works at once with the same name and port, as a new life each time, and leaks nothing', async () => {
    const other = await clusters.join({ name: 'other' })
    const events: string[] = []
    other.on('member-failed', ({ type, member }) => events.push(`${type} ${member.name}`))
    other.on('member-suspected', ({ type, member }) => events.push(`${type} ${member.name}`))
    const first = await clusters.join({ name: 'again' })
    const port = Number(first.view.self.addresses[0]?.split(':')[1])
    await first.leave()
    const before = heldByProcess()
    const options: JoinOptions = {
      ...{ name: 'again', host: '127.0.0.1', port, signals: true },
      seeds: async () => clusters.addresses,
    }
    const lives = await comeAndGo(other, options)
    expectRising(lives)
    await until('nothing is held', () => JSON.stringify(heldByProcess()) === JSON.stringify(before))
    const last = await clusters.join(options)
    await clusters.agreed([other, last])
    expect(events).toEqual([])
  })

  it('works on the same HTTP server', async () => {
    const other = await clusters.join({ name: 'other' })
    const server = createServer((_, response) => response.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const before = server.eventNames().map((event) => [event, server.listenerCount(event)])
      const lives = await comeAndGo(other, { name: 'again', server, seeds: async () => clusters.addresses })
      expectRising(lives)
      expect(server.eventNames().map((event) => [event, server.listenerCount(event)])).toEqual(before)
    } finally {
      server.close()
    }
  })

  it('after being superseded supersedes in its turn', async () => {
    const first = await clusters.join({ name: 'twin' })
    const second = await clusters.join({ name: 'twin' })
    expect(await first.closed).toMatchObject({
      type: 'superseded',
      by: { instance: second.view.self.instance },
    })
    const third = await clusters.join({ name: 'twin' })
    expect(await second.closed).toMatchObject({
      type: 'superseded',
      by: { instance: third.view.self.instance },
    })
    expect(third.view.self.generation).toBeGreaterThanOrEqual(second.view.self.generation)
  })
})
