import { describe, expect, it } from 'vitest'
import { pollPauseMs } from '../src/poll-options.ts'

const options = { urgentPollMs: 250, calmPollMs: 30_000 }
const state = { urgentForMs: undefined, seedCount: 5, failures: 0, jitter: 0.5 } as const
const pause = (changes: Partial<Parameters<typeof pollPauseMs>[0]>) =>
  pollPauseMs({ ...state, ...changes }, options)

describe('pause between polls', () => {
  it.each([
    ['new and urgent', { urgentForMs: 0 }, 250],
    ['urgent for 10 s', { urgentForMs: 10_000 }, 1000],
    ['urgent for a minute, others listed', { urgentForMs: 60_000 }, 3000],
    ['urgent for a minute, alone', { urgentForMs: 60_000, seedCount: 1 }, 1000],
    ['calm', {}, 45_000],
    ['calm and failing', { failures: 1 }, 7500],
    ['urgent in a large Service', { urgentForMs: 0, seedCount: 1000 }, 5000],
    ['calm in a very large Service', { seedCount: 4000 }, 180_000],
    ['urgent and failing once', { urgentForMs: 0, failures: 1 }, 500],
    ['urgent and failing for long', { urgentForMs: 0, failures: 1000 }, 2000],
  ])('is right when %s', (_, changes, expected) => {
    expect(pause(changes)).toBe(expected)
  })

  it('is spread by the jitter', () => {
    expect(pause({ urgentForMs: 0, jitter: 0 })).toBe(187.5)
    expect(pause({ urgentForMs: 0, jitter: 1 })).toBe(312.5)
    expect(pause({ jitter: 0 })).toBe(30_000)
    expect(pause({ jitter: 1 })).toBe(60_000)
  })
})
