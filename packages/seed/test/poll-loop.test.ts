import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type PollResult, pollingWatch } from '../src/poll-loop.ts'
import { defaultPollOptions } from '../src/poll-options.ts'
import type { SeedSnapshot } from '../src/seed-source.ts'

const options = defaultPollOptions({ random: () => 0.5 })
const found = (...addresses: string[]): PollResult => ({
  seeds: addresses.map((address) => ({ address })),
  problem: undefined,
  failed: false,
})

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Starts a watch that counts polls and records snapshots. */
function start(poll: (count: number, signal: AbortSignal) => Promise<PollResult>, urgent: () => boolean) {
  const run = { polls: 0, snapshots: [] as SeedSnapshot[], ended: false, abort: () => controller.abort() }
  const controller = new AbortController()
  const watch = pollingWatch(() => (signal) => poll(++run.polls, signal), options)
  void (async () => {
    for await (const snapshot of watch({ signal: controller.signal, urgent })) run.snapshots.push(snapshot)
    run.ended = true
  })()
  return run
}

it('yields the first snapshot at once, also when it is empty, and then only changes', async () => {
  const run = start(
    async (count) => (count < 3 ? found() : found('10.0.0.1')),
    () => true,
  )
  await vi.advanceTimersByTimeAsync(0)
  expect(run.snapshots).toEqual([{ seeds: [] }])
  await vi.advanceTimersByTimeAsync(2000)
  expect(run.polls).toBeGreaterThan(4)
  expect(run.snapshots).toEqual([{ seeds: [] }, { seeds: [{ address: '10.0.0.1' }] }])
  run.abort()
})

it('polls slowly while calm, and at once when it becomes urgent', async () => {
  let urgent = false
  const run = start(
    async () => found('10.0.0.1'),
    () => urgent,
  )
  await vi.advanceTimersByTimeAsync(44_000)
  expect(run.polls).toBe(1)
  await vi.advanceTimersByTimeAsync(2000)
  expect(run.polls).toBe(2)
  await vi.advanceTimersByTimeAsync(2000)
  urgent = true
  await vi.advanceTimersByTimeAsync(250)
  expect(run.polls).toBe(3)
  urgent = false
  await vi.advanceTimersByTimeAsync(40_000)
  expect(run.polls).toBeLessThanOrEqual(4)
  run.abort()
})

it('goes on after every kind of error, with the last good set', async () => {
  const run = start(
    async (count) => {
      if (count === 1) return found('10.0.0.1')
      if (count === 2) throw new Error('resolver is broken')
      return found('10.0.0.2')
    },
    () => true,
  )
  await vi.advanceTimersByTimeAsync(3000)
  expect(run.snapshots.map((snapshot) => [snapshot.seeds[0]?.address, snapshot.problem?.type])).toEqual([
    ['10.0.0.1', undefined],
    ['10.0.0.1', 'source-failed'],
    ['10.0.0.2', undefined],
  ])
  run.abort()
})

it('aborts a poll at its deadline, and has one in flight at a time', async () => {
  let inFlight = 0
  let most = 0
  const run = start(
    (_, signal) => {
      most = Math.max(most, ++inFlight)
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          inFlight -= 1
          reject(new Error('cancelled'))
        })
      })
    },
    () => true,
  )
  await vi.advanceTimersByTimeAsync(4900)
  expect(run).toMatchObject({ polls: 1, snapshots: [] })
  await vi.advanceTimersByTimeAsync(30_000)
  expect(run.polls).toBeGreaterThan(3)
  expect(most).toBe(1)
  run.abort()
})

it('ends at once and leaves no timer, whether aborted in a poll, in a pause, or before', async () => {
  const hanging = start(
    (_, signal) => new Promise((_, reject) => signal.addEventListener('abort', reject)),
    () => true,
  )
  const pausing = start(
    async () => found(),
    () => false,
  )
  await vi.advanceTimersByTimeAsync(10)
  hanging.abort()
  pausing.abort()
  const before = start(
    async () => found(),
    () => true,
  )
  before.abort()
  await vi.advanceTimersByTimeAsync(0)
  expect([hanging.ended, pausing.ended, before.ended]).toEqual([true, true, true])
  expect(vi.getTimerCount()).toBe(0)
  const watch = pollingWatch(() => async () => found('10.0.0.1'), options)
  const seen: SeedSnapshot[] = []
  for await (const snapshot of watch({ signal: AbortSignal.abort(), urgent: () => true })) seen.push(snapshot)
  expect(seen).toEqual([])
})

it('ends at once when the iterator is returned while an item is awaited', async () => {
  const watch = pollingWatch(() => async () => found(), options)
  const items = watch({ signal: new AbortController().signal, urgent: () => false })[Symbol.asyncIterator]()
  await items.next()
  const pending = items.next()
  await vi.advanceTimersByTimeAsync(1000)
  await items.return?.()
  expect(await pending).toEqual({ done: true, value: undefined })
  expect(vi.getTimerCount()).toBe(0)
})

it('keeps the state of two iterations apart', async () => {
  let made = 0
  const watch = pollingWatch(() => {
    const address = `10.0.0.${++made}`
    return async () => found(address)
  }, options)
  const first = async () => {
    for await (const snapshot of watch({ signal: new AbortController().signal, urgent: () => true }))
      return snapshot
  }
  expect(await Promise.all([first(), first()])).toEqual([
    { seeds: [{ address: '10.0.0.1' }] },
    { seeds: [{ address: '10.0.0.2' }] },
  ])
})
