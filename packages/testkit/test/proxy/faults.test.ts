import { describe, expect, it } from 'vitest'
import { blockedBy, dueAt, nextRetransmissionAt, plainAddress } from '../../src/proxy/faults.ts'

describe('faults', () => {
  it('blocks nobody when no fault is given', () => {
    expect(blockedBy({}, '127.0.0.1')).toBeUndefined()
  })

  it('blocks by freeze, by a cut of all and by a cut of one client only', () => {
    expect(blockedBy({ frozen: true }, '127.0.0.1')).toBe('freeze')
    expect(blockedBy({ cut: { connects: 'hang' } }, '127.0.0.1')).toBe('cut')
    const one = { cutFrom: { '127.0.0.2': { connects: 'hang' } } } as const
    expect(blockedBy(one, '127.0.0.2')).toBe('cut')
    expect(blockedBy(one, '127.0.0.1')).toBeUndefined()
  })

  it('adds the delay and the drawn part of the jitter', () => {
    expect(dueAt({ ms: 10, jitterMs: 4 }, 100, 0, () => 0.5)).toBe(112)
    expect(dueAt(undefined, 100, 0, () => 0.5)).toBe(100)
  })

  it('never lets a chunk overtake the one before', () => {
    expect(dueAt({ ms: 10, jitterMs: 4 }, 100, 113, () => 0)).toBe(113)
    expect(dueAt(undefined, 100, 113, () => 0)).toBe(113)
  })

  it.each([
    [0, 200],
    [200, 200],
    [201, 600],
    [1_500, 3_000],
    [60_000, 102_200],
    [400_000, 444_600],
  ])('after a cut of %i ms sends again at %i ms, as TCP does', (cutMs, expectedMs) => {
    expect(nextRetransmissionAt(5_000, 5_000 + cutMs) - 5_000).toBe(expectedMs)
  })

  it('shows an IPv4 client of a dual-stack listener in plain form', () => {
    expect(plainAddress('::ffff:127.0.0.9')).toBe('127.0.0.9')
    expect(plainAddress('::1')).toBe('::1')
  })
})
