import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SeedSnapshot, SeedSource } from '../../src/index.ts'
import { functionSeeds } from '../../src/shell/function-seeds.ts'
import { SeedFeed } from '../../src/shell/seed-feed.ts'
import { systemTimers } from '../../src/shell/timers.ts'
import { until } from './sockets.ts'

const ended = new Set<AbortController>()
afterEach(() => {
  for (const controller of ended) controller.abort()
  vi.useRealTimers()
})

function feed(watch: SeedSource['watch'], { loopbackOnly = false } = {}) {
  const found: string[][] = []
  const notDialed: string[] = []
  const problems: string[] = []
  const controller = new AbortController()
  ended.add(controller)
  const seeds = new SeedFeed({
    source: { watch },
    timers: systemTimers,
    port: 7946,
    loopbackOnly,
    signal: controller.signal,
    urgent: () => true,
    onSeeds: (addresses) => found.push(addresses),
    onNotDialed: (address) => notDialed.push(address),
    onProblem: ({ type }) => problems.push(type),
  })
  return { seeds, found, notDialed, problems, controller, running: seeds.run() }
}

describe('a seed feed', () => {
  it('makes canonical addresses of seeds, with our own port where none is given', async () => {
    const seeds = [
      { address: '10.0.0.1' },
      { address: 'FD00::0001', port: 80 },
      { address: '::ffff:10.0.0.1' },
      { address: 'example.org' },
    ]
    const { found, running } = feed(async function* () {
      yield { seeds }
    })
    await running
    expect(found).toEqual([['10.0.0.1:7946', '[fd00::1]:80']])
  })

  it('leaves out and reports what is not loopback when told so', async () => {
    const one = feed(
      async function* () {
        yield { seeds: [{ address: '127.0.0.1' }, { address: '10.0.0.1' }] }
      },
      { loopbackOnly: true },
    )
    await one.running
    expect(one.found).toEqual([['127.0.0.1:7946']])
    expect(one.notDialed).toEqual(['10.0.0.1:7946'])
    expect(one.seeds.notDialed).toEqual(['10.0.0.1:7946'])
  })

  it('starts a source that fails again, keeps its last good set and says what is wrong', async () => {
    let starts = 0
    const { seeds, found, problems } = feed(async function* () {
      starts++
      yield { seeds: [{ address: `10.0.0.${starts}` }] }
      if (starts === 1) throw new Error('broken')
      await new Promise(() => {})
    })
    await until('it failed', () => seeds.snapshot?.problem !== undefined)
    expect(seeds.snapshot).toMatchObject({
      seeds: [{ address: '10.0.0.1' }],
      problem: { type: 'source-failed' },
    })
    expect(problems).toEqual(['source-failed'])
    await until('it is started again', () => found.length === 2)
    expect(seeds.snapshot).toEqual({ seeds: [{ address: '10.0.0.2' }] })
  })

  it('speaks of a last good set only when there is one', async () => {
    const failing = (first: SeedSnapshot['seeds']) =>
      feed(async function* () {
        yield { seeds: first }
        throw new Error('broken')
      })
    const [none, some] = [failing([]), failing([{ address: '10.0.0.1' }])]
    const message = (one: typeof none) => one.seeds.snapshot?.problem?.message
    await until('both failed', () => message(none) !== undefined && message(some) !== undefined)
    expect(message(none)).toBe('The source of seeds failed (broken).')
    expect(message(some)).toBe('The source of seeds failed (broken); its last good set is kept.')
  })

  it('survives a source that yields nonsense', async () => {
    const { seeds } = feed(async function* () {
      yield { seeds: 7 } as unknown as SeedSnapshot
    })
    await until('it is a problem', () => seeds.snapshot?.problem?.type === 'source-failed')
  })
})

describe('a function that finds seeds', () => {
  const watch = (find: Parameters<typeof functionSeeds>[0], urgent = true) => {
    const controller = new AbortController()
    ended.add(controller)
    const items = functionSeeds(find).watch({ signal: controller.signal, urgent: () => urgent })
    return { items: items[Symbol.asyncIterator](), controller }
  }

  it('may return texts and objects; what cannot be dialed is named', async () => {
    const { items } = watch(async () => [
      '10.0.0.1',
      '10.0.0.2:80',
      '[fd00::1]:80',
      'localhost:81',
      { address: 'FD00::2' },
      'example.org',
      '10.0.0.1:0',
      { address: '10.0.0.3', port: -1 },
      null as never,
    ])
    const { value } = await items.next()
    expect(value.seeds).toEqual([
      { address: '10.0.0.1' },
      { address: '10.0.0.2', port: 80 },
      { address: 'fd00::1', port: 80 },
      { address: '127.0.0.1', port: 81 },
      { address: 'fd00::2' },
    ])
    expect(value.problem.message).toBe(
      'Not an IP address with or without a port, and left out: example.org, 10.0.0.1:0, object and 1 more.',
    )
  })

  it('is asked again soon while it is urgent, and keeps its last good answer when it fails', async () => {
    let calls = 0
    const { items } = watch(async () => {
      if (++calls === 2) throw new Error('down')
      return [`10.0.0.${calls}`]
    })
    expect((await items.next()).value).toEqual({ seeds: [{ address: '10.0.0.1' }] })
    expect((await items.next()).value).toMatchObject({
      seeds: [{ address: '10.0.0.1' }],
      problem: { message: expect.stringContaining('down') },
    })
  })

  it('that never answers is given up, told so, and asked again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    let aborted = false
    const { items } = watch(({ signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      return new Promise(() => {})
    })
    const first = items.next()
    await vi.advanceTimersByTimeAsync(10_000)
    expect((await first).value).toMatchObject({
      seeds: [],
      problem: { message: expect.stringContaining('10 s') },
    })
    expect(aborted).toBe(true)
  })
})
