import { expect, it, vi } from 'vitest'
import { combine, diagnoseSeeds, type Seed, type SeedSource, seedsFrom, staticSeeds } from '../src/index.ts'
import { addressesOf, codeOf, collect, snapshotWhere } from './support/watch.ts'

const invalid = 'ERR_ROLLCALL_INVALID_OPTION'

it('lists static seeds once, in canonical form, until it is aborted', async () => {
  const stop = new AbortController()
  const seen = collect(
    staticSeeds(['[fd00:0::1]:7946', '10.0.0.1', { address: '::ffff:10.0.0.1' }]),
    stop.signal,
  )
  setTimeout(() => stop.abort(), 30)
  expect(await seen).toEqual([{ seeds: [{ address: '10.0.0.1' }, { address: 'fd00::1', port: 7946 }] }])
})

it('takes an empty static list: the first member knows nobody', async () => {
  expect(await snapshotWhere(staticSeeds([], { clusterId: 'blue' }))).toEqual({ seeds: [] })
  expect(staticSeeds([], { clusterId: 'blue' }).clusterId).toBe('blue')
})

it.each([
  [['cache-0']],
  [['10.0.0.1:99999']],
  [['fe80::1']],
  [[{ address: '10.0.0.1', port: '7946' }]],
  [[undefined]],
  ['10.0.0.1'],
])('rejects the static list %j', (list) => {
  expect(codeOf(() => staticSeeds(list as never))).toBe(invalid)
})

it('names the entry of a static list that is wrong', () => {
  expect(() => staticSeeds(['10.0.0.1', 'db:1'])).toThrow(/list\[1\]: expected an IP address.*got 'db:1'/)
})

it('polls your own function, and keeps the last good set when it throws', async () => {
  let calls = 0
  const source = seedsFrom(
    async () => {
      calls += 1
      if (calls > 1) throw new Error('registry is down')
      return ['10.0.0.2:1', { address: '10.0.0.1', hostname: 'a' }]
    },
    { urgentPollMs: 20 },
  )
  expect(await snapshotWhere(source, (snapshot) => snapshot.problem !== undefined)).toEqual({
    seeds: [
      { address: '10.0.0.1', hostname: 'a' },
      { address: '10.0.0.2', port: 1 },
    ],
    problem: {
      type: 'source-failed',
      message: 'A source of seeds failed (registry is down); its last good set is kept.',
    },
  })
})

it('speaks of a last good set only when there is one', async () => {
  const fail = () => Promise.reject(new Error('down'))
  const message = 'A source of seeds failed (down).'
  const throwing = { watch: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }) }
  for (const source of [seedsFrom(fail), combine(throwing)]) {
    expect((await snapshotWhere(source)).problem?.message).toBe(message)
  }
})

it('reports a function that hangs, one that returns nonsense, and entries that cannot be dialed', async () => {
  const hanging = seedsFrom(() => new Promise<never>(() => {}), { deadlineMs: 100 })
  expect((await snapshotWhere(hanging)).problem?.message).toContain('no answer before the deadline')
  const nonsense = seedsFrom(async () => 'nothing' as never)
  expect((await snapshotWhere(nonsense)).problem?.type).toBe('source-failed')
  const throwing = seedsFrom(() => {
    throw new Error('not even a promise')
  })
  expect((await snapshotWhere(throwing)).problem?.type).toBe('source-failed')
  const odd = await snapshotWhere(seedsFrom(async () => ['10.0.0.1', 'db', null as unknown as Seed]))
  expect(odd).toMatchObject({
    seeds: [{ address: '10.0.0.1' }],
    problem: { type: 'unusable-addresses', addresses: ['db', 'null'] },
  })
})

it('gives your function a signal that is aborted when the watch ends', async () => {
  let given: AbortSignal | undefined
  const stop = new AbortController()
  const seen = collect(
    seedsFrom(({ signal }) => {
      given = signal
      return new Promise<never>(() => {})
    }),
    stop.signal,
  )
  await vi.waitFor(() => expect(given).toBeDefined())
  stop.abort()
  expect(await seen).toEqual([])
  expect(given?.aborted).toBe(true)
})

it('rejects what is no function or no source', () => {
  expect(codeOf(() => seedsFrom(['10.0.0.1'] as never))).toBe(invalid)
  expect(codeOf(() => combine())).toBe(invalid)
  expect(codeOf(() => combine({} as never))).toBe(invalid)
})

it('combines sources, with the cluster id of the first that has one', async () => {
  const source = combine(
    staticSeeds(['10.0.0.1']),
    staticSeeds(['10.0.0.2'], { clusterId: 'blue' }),
    seedsFrom(async () => ['10.0.0.1', '10.0.0.3']),
  )
  expect(source.clusterId).toBe('blue')
  const all = await snapshotWhere(source, (snapshot) => snapshot.seeds.length === 3)
  expect(addressesOf(all)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'])
})

it('names every problem of combined sources', async () => {
  const broken = (what: string) =>
    seedsFrom(async () => {
      throw new Error(what)
    })
  const both = await snapshotWhere(
    combine(broken('one'), broken('two')),
    (snapshot) => snapshot.problem?.type === 'several',
  )
  expect(both.problem?.message).toMatch(/one.*two/)
})

it('passes problems of other kinds of sources on', async () => {
  const registry = {
    async *watch() {
      yield { seeds: [], problem: { type: 'registry-down', message: 'The registry is down.' } }
    },
  }
  const snapshot = await snapshotWhere(combine(registry))
  expect(snapshot.problem).toEqual({ type: 'registry-down', message: 'The registry is down.' })
  expect(diagnoseSeeds({ seeds: snapshot }).text).toBe('The registry is down.')
})

it('starts a source that throws again, and keeps what it listed', async () => {
  let starts = 0
  const fragile: SeedSource = {
    async *watch() {
      starts += 1
      yield { seeds: [{ address: `10.0.0.${starts}` }] }
      if (starts === 1) throw new Error('lost')
    },
  }
  const seen: string[][] = []
  await snapshotWhere(combine(fragile), (snapshot) => {
    seen.push([...addressesOf(snapshot), snapshot.problem?.type ?? 'fine'])
    return snapshot.seeds[0]?.address === '10.0.0.2'
  })
  expect(seen).toEqual([
    ['10.0.0.1', 'fine'],
    ['10.0.0.1', 'source-failed'],
    ['10.0.0.2', 'fine'],
  ])
})

it('ends combined sources at once', async () => {
  const signals: AbortSignal[] = []
  const silent: SeedSource = {
    async *watch({ signal }) {
      signals.push(signal)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    },
  }
  const stop = new AbortController()
  const seen = collect(combine(silent, silent), stop.signal)
  await vi.waitFor(() => expect(signals).toHaveLength(2))
  stop.abort()
  expect(await seen).toEqual([])
  for await (const _ of combine(staticSeeds(['10.0.0.1']), silent).watch({
    signal: new AbortController().signal,
    urgent: () => true,
  }))
    break
  expect(signals).toHaveLength(3)
  expect(signals[2]?.aborted).toBe(true)
})
