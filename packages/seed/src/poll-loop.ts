// The loop of a polled source: one poll at a time within its deadline, a snapshot at every change, a pause that
// ends early when it becomes urgent. No error ends it: a member whose polling stops can drop out for good.
import { type PollOptions, pollPauseMs } from './poll-options.ts'
import { type SeedProblem, sourceFailure } from './seed-problem.ts'
import type { Seed, SeedSnapshot, SeedSource, WatchOptions } from './seed-source.ts'
import { wait } from './timers.ts'

/** What one poll found. */
export interface PollResult {
  /** The last good set. */
  readonly seeds: readonly Seed[]
  readonly problem: SeedProblem | undefined
  /** True if something did not answer: the next poll then backs off. */
  readonly failed: boolean
}

/** One poll; must settle when the signal is aborted, at the deadline or before. */
export type Poll = (signal: AbortSignal) => Promise<PollResult>

/** How often `urgent()` is looked at during a pause, in milliseconds. */
const urgencyCheckMs = 200

/** A `watch` that polls. `createPoll` makes the state of one iteration. */
export function pollingWatch(createPoll: () => Poll, options: Required<PollOptions>): SeedSource['watch'] {
  return ({ signal, urgent }) =>
    abortable(signal, (ended) => loop(createPoll(), { signal: ended, urgent }, options))
}

/**
 * An iteration that ends at once when the signal is aborted or the loop is left, even while an item is awaited:
 * a plain async generator would first finish what it waits for.
 */
export function abortable<T>(
  signal: AbortSignal,
  run: (ended: AbortSignal) => AsyncGenerator<T, void>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const controller = new AbortController()
      const end = () => {
        signal.removeEventListener('abort', end)
        controller.abort()
      }
      if (signal.aborted) controller.abort()
      else signal.addEventListener('abort', end, { once: true })
      const items = run(controller.signal)
      return {
        async next() {
          const item = await items.next()
          if (item.done) end()
          return item
        },
        async return() {
          end()
          await items.return()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

async function* loop(
  poll: Poll,
  { signal, urgent }: WatchOptions,
  options: Required<PollOptions>,
): AsyncGenerator<SeedSnapshot, void> {
  let last: SeedSnapshot | undefined
  let lastText = ''
  let failures = 0
  const urgency = new Urgency(urgent)
  while (!signal.aborted) {
    const result = await pollOnce(poll, signal, options.deadlineMs, last)
    if (signal.aborted) return
    failures = result.failed ? failures + 1 : 0
    const { seeds, problem } = result
    const snapshot: SeedSnapshot = problem === undefined ? { seeds } : { seeds, problem }
    const text = JSON.stringify(snapshot)
    if (text !== lastText) {
      last = snapshot
      lastText = text
      yield snapshot
    }
    const endedAt = performance.now()
    const state = { seedCount: seeds.length, failures, jitter: options.random() }
    const leftMs = () =>
      endedAt + pollPauseMs({ ...state, urgentForMs: urgency.forMs() }, options) - performance.now()
    for (let ms = leftMs(); ms > 0 && !signal.aborted; ms = leftMs()) {
      await wait(Math.min(ms, urgencyCheckMs), signal)
    }
  }
}

/** Runs one poll with its deadline. A poll that throws is a failed one. */
async function pollOnce(
  poll: Poll,
  signal: AbortSignal,
  deadlineMs: number,
  last: SeedSnapshot | undefined,
): Promise<PollResult> {
  const controller = new AbortController()
  const abort = () => controller.abort()
  signal.addEventListener('abort', abort, { once: true })
  const deadline = setTimeout(abort, deadlineMs)
  try {
    return await poll(controller.signal)
  } catch (error) {
    const seeds = last?.seeds ?? []
    return { seeds, problem: sourceFailure(error, seeds), failed: true }
  } finally {
    clearTimeout(deadline)
    signal.removeEventListener('abort', abort)
  }
}

/** How long it has been urgent. */
class Urgency {
  #urgent: () => boolean
  #since: number | undefined

  constructor(urgent: () => boolean) {
    this.#urgent = urgent
  }

  forMs(): number | undefined {
    this.#since = this.#urgent() ? (this.#since ?? performance.now()) : undefined
    return this.#since === undefined ? undefined : performance.now() - this.#since
  }
}
