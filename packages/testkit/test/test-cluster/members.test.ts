import type { Cluster } from '@rollcall/membership'
import { describe, expect, it } from 'vitest'
import { createTestCluster } from '../../src/index.ts'
import { lines, record } from './events.ts'

const two = async () => {
  const test = await createTestCluster(2)
  const [first, second] = test.clusters as [Cluster, Cluster]
  return { test, first, second }
}

describe('a member of a test cluster', () => {
  it('gives its changes to whoever iterates', async () => {
    const { test, first } = await two()
    await using _ = test
    const types: string[] = []
    const reading = (async () => {
      for await (const change of first.changes({ signal: test.timeout(3000) })) types.push(change.type)
    })()
    await test.add()
    await test.advance(1000)
    test.kill('m-1')
    await test.until(reading)
    expect(types[0]).toBe('view')
    expect(types).toContain('member-joined')
    expect(types).toContain('member-failed')
  })

  it('shows its metadata everywhere, parsed where asked, and refuses what is not plain data', async () => {
    await using test = await createTestCluster<{ zone: string }>(3, {
      joinOptions: (name) => ({
        metadata: { zone: `zone of ${name}` },
        parseMetadata: (value) => ({ zone: String((value as { zone: unknown }).zone).toUpperCase() }),
      }),
    })
    const [first, second] = test.clusters as [Cluster<{ zone: string }>, Cluster<{ zone: string }>]
    expect(first.view.members.map(({ metadata }) => metadata?.zone)).toEqual([
      'ZONE OF M-0',
      'ZONE OF M-1',
      'ZONE OF M-2',
    ])
    await test.until(second.setMetadata({ zone: 'new' }))
    await test.until(() => first.view.members[1]?.metadata?.zone === 'NEW')
    await expect(second.setMetadata(() => {})).rejects.toMatchObject({ code: 'ERR_ROLLCALL_METADATA_TYPE' })
  })

  it('lives on when listeners throw, reject, or log badly', async () => {
    const said: string[] = []
    const write = (_: object, text: string) => {
      said.push(text)
      throw new Error('a bad logger')
    }
    const logger = { debug: write, info: write, warn: write, error: write }
    await using test = await createTestCluster(3, { joinOptions: { logger } })
    const first = test.cluster('m-0')
    first.on('member-failed', () => {
      throw new Error('a bad listener')
    })
    first.on('member-failed', async () => {
      await null
      throw new Error('another')
    })
    const told = record(test)
    test.kill('m-2')
    await test.until(() => lines(told, 'member-failed').length === 2)
    await test.advance(5000)
    expect(said.filter((text) => text === 'a listener of member-failed failed').length).toBe(2)
    expect(first.diagnosis().members).toEqual({ alive: 2, suspect: 0, failed: 1, left: 0 })
  })

  it('says how it stands: links, bytes, seeds and where it listens', async () => {
    const { test, first, second } = await two()
    await using _ = test
    await test.advance(5000)
    expect(first.links()).toMatchObject([{ name: 'm-1', address: '10.0.0.2:7946' }])
    expect(first.links()[0]?.rttMs).toBeGreaterThan(0)
    const { bytesSent, bytesReceived, seeds, text } = first.diagnosis()
    expect(bytesSent).toBeGreaterThan(100)
    expect(bytesReceived).toBeGreaterThan(100)
    expect(bytesReceived).toBeLessThanOrEqual(second.diagnosis().bytesSent)
    expect(seeds).toEqual({ seeds: [{ address: '10.0.0.1' }, { address: '10.0.0.2' }] })
    expect(text).toBe('2 members are alive, this one included.')
    expect(first.explain('m-1')?.text).toContain('m-1 is alive: last heard')
  })

  it('dates what it tells by the virtual clock', async () => {
    const { test, first } = await two()
    await using _ = test
    const { generation } = first.view.self
    await test.advance(60_000)
    const late = await test.add()
    await test.until(() => first.view.members.length === 3)
    expect(late.view.self.generation - generation).toBeGreaterThan(60_000)
    expect(late.view.self.generation - generation).toBeLessThanOrEqual(test.now)
    const since = first.view.members[2]?.since ?? 0
    expect(since - late.view.self.generation).toBeLessThan(1000)
  })

  it("takes an operator's word about the size of the cluster and about who is gone for good", async () => {
    await using test = await createTestCluster(3, { joinOptions: { expectedSize: 3 } })
    const quorum: string[] = []
    const first = test.cluster('m-0')
    first.on('quorum-changed', (event) => quorum.push(event.quorum.state))
    first.setExpectedSize(7)
    await test.advance(1000)
    expect(quorum).toEqual(['minority'])
    expect(first.quorum).toMatchObject({ expected: 7, basis: 'given' })
    test.kill('m-2')
    await test.until(() => first.view.members[2]?.state === 'failed')
    first.forget('m-2')
    await test.until(() => first.view.members.length === 2)
  })
})

describe('a test cluster refuses', () => {
  it.each([
    ['a number that is none', () => createTestCluster(-1), 'n'],
    ['a fraction of a member', () => createTestCluster(1.5), 'n'],
    ['more members than a test can wait for', () => createTestCluster(1e9), 'n'],
    ['options of join that are none', () => createTestCluster(1, { joinOptions: 5 as never }), 'joinOptions'],
    ['an unknown option', () => createTestCluster(1, { sed: 1 } as object), 'sed'],
    ['options that are none', () => createTestCluster(1, null as unknown as object), 'options'],
    [
      'an unknown option of the network',
      () => createTestCluster(1, { network: { loss: 1 } as object }),
      'network.loss',
    ],
    ['a seed that is none', () => createTestCluster(1, { seed: Number.NaN }), 'seed'],
    [
      'an option of join that it decides',
      () => createTestCluster(1, { joinOptions: { port: 1 } as object }),
      'port',
    ],
    [
      'an unknown option of join',
      () => createTestCluster(1, { joinOptions: { metdata: 1 } as object }),
      'metdata',
    ],
  ])('%s', async (_, create, option) => {
    await expect(create()).rejects.toMatchObject({ code: 'ERR_ROLLCALL_INVALID_OPTION', option })
  })

  it('times that cannot pass, and conditions that are none', async () => {
    await using test = await createTestCluster(1)
    for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(test.advance(ms)).rejects.toMatchObject({
        code: 'ERR_ROLLCALL_INVALID_OPTION',
        option: 'ms',
      })
      expect(() => test.timeout(ms)).toThrow(expect.objectContaining({ option: 'ms' }))
      await expect(test.until(() => true, { withinMs: ms })).rejects.toMatchObject({ option: 'withinMs' })
    }
    const condition = (async () => false) as unknown as () => boolean
    for (const none of [condition, 5, undefined]) {
      await expect(test.until(none as () => boolean)).rejects.toMatchObject({ option: 'condition' })
    }
    await expect(test.until(() => true, { within: 5 } as object)).rejects.toMatchObject({ option: 'within' })
  })

  it('members that are not there, and a name twice', async () => {
    await using test = await createTestCluster(2)
    const usage = expect.objectContaining({
      code: 'ERR_ROLLCALL_TEST_USAGE',
      message: 'there is no member m-7: there are m-0, m-1',
    })
    expect(() => test.kill('m-7')).toThrow(usage)
    expect(() => test.cut(['m-0'], ['m-7'])).toThrow(usage)
    expect(() => test.cut(['m-0'], ['m-1', 'm-0'])).toThrow('a member is on both sides of the cut')
    expect(() => test.cut('m-0' as never)).toThrow(expect.objectContaining({ option: 'group' }))
    await expect(test.restart('m-7')).rejects.toEqual(usage)
    await expect(test.add('m-1')).rejects.toMatchObject({ code: 'ERR_ROLLCALL_TEST_USAGE' })
  })

  it('a member that cannot join, and has its name free for another try', async () => {
    await using test = await createTestCluster(1)
    await expect(test.add('bad', { metadata: () => {} })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_METADATA_TYPE',
    })
    expect(test.clusters.length).toBe(1)
    const good = await test.add('bad')
    await test.until(good.settled({ minMembers: 2 }))
  })
})
