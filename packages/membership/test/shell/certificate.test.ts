import { describe, expect, it } from 'vitest'
import type { Cause, CoreCertificate, Evidence } from '../../src/core/certificate.ts'
import { toCertificate } from '../../src/shell/certificate.ts'
import type { Clock } from '../../src/shell/clock.ts'

const clock: Clock = { now: () => 10_000, toEpochMs: (time) => 1_700_000_000_000 + time }
const { toEpochMs } = clock
const observer = { isolated: false, patience: 1, present: 5, linked: 4 }
const living: CoreCertificate = {
  ...{ name: 'b', generation: 1, instance: 'i', incarnation: 0, state: 'alive', since: 1000 },
  ...{ lastHeardAt: 9900, evidence: [], dropped: 0, observer },
}
const once = { count: 1, firstAt: 5000, at: 5000 }
const text = (change: Partial<CoreCertificate>) => toCertificate({ ...living, ...change }, clock).text
const failed = (why: Cause, change: Partial<CoreCertificate> = {}) =>
  text({ state: 'failed', why, ...change })

const silence: Cause = {
  ...{ type: 'silence', silentMs: 3500, confirmedBy: ['a', 'c', 'd', 'e'], needed: 4 },
  limit: { option: 'failAfterMs', ms: 3500 },
}

describe('the words of a certificate', () => {
  it.each<[Cause, string]>([
    [
      { type: 'connection-refused', votes: ['a', 'c', 'd'], needed: 3 },
      'b failed: its links broke and its addresses refuse connections, say a, c and d (3 votes, 3 wanted).',
    ],
    [
      {
        ...{ type: 'address-gone', votes: ['a', 'c', 'd', 'e', 'f', 'g'], needed: 3 },
        limit: { option: 'addressGoneMs', ms: 500 },
      },
      'b failed: its links broke and its addresses do not answer, say a, c, d, e and 2 more (6 votes, 3 wanted; addressGoneMs 500 ran out).',
    ],
    [
      silence,
      'b failed: nothing answered for 3.5 s, say a, c, d and e (4 observers, 4 wanted for the short limit; failAfterMs 3500 ran out).',
    ],
    [{ type: 'told', by: 'c' }, 'b failed: so c told.'],
    [
      { type: 'told', by: 'c', verdict: { by: 'd', ground: 'silence' } },
      'b failed: nothing answered, as d found, and c told.',
    ],
  ])('tell the cause %j', (why, expected) => {
    expect(failed(why)).toBe(expected)
  })

  it('tell what this member itself has seen, since it recovered last', () => {
    const evidence: Evidence[] = [
      { type: 'link-ended', code: 4012, ...once },
      { type: 'refuted', incarnation: 1, ...once },
      { type: 'link-ended', ...once },
      { type: 'dial', address: '10.0.0.1:1', result: 'refused', ...once, count: 2 },
      { type: 'probe-unanswered', asked: ['c', 'd'], denied: ['c'], ...once },
      { type: 'vote', by: 'c', how: 'refused', ...once },
    ]
    expect(failed(silence, { evidence })).toContain(
      'Seen from here: the link broke; 1 probe unanswered, nor did c get an answer; dials of 10.0.0.1:1: 2 refused.',
    )
  })

  it('say when the observer itself may be to blame', () => {
    const doubtful = { ...observer, isolated: true, patience: 3, stalledAt: 500 }
    expect(failed(silence, { observer: doubtful })).toContain(
      'This member itself was isolated and had just stalled at that time.',
    )
  })

  it('tell what a living member has recovered from', () => {
    const recovered = {
      state: 'suspect',
      since: 6000,
      recoveredAt: 7500,
      why: { type: 'told', by: 'c' },
    } as const
    expect(text({ recovered })).toBe(
      'b is alive: last heard 100 ms ago. It was suspect for 1.5 s until 2.5 s ago (so c told), and has refuted that.',
    )
  })
})

describe('the times of a certificate', () => {
  it('are on the wall clock, all of them', () => {
    const why = { type: 'told', by: 'c' } as const
    const recovered = { state: 'suspect', since: 1, recoveredAt: 2, why } as const
    const evidence: Evidence[] = [{ type: 'link-ended', count: 2, firstAt: 3, at: 4 }]
    const told = toCertificate(
      { ...living, recovered, evidence, observer: { ...observer, stalledAt: 5 } },
      clock,
    )
    expect(told).toMatchObject({
      since: toEpochMs(1000),
      lastHeardAt: toEpochMs(9900),
      recovered: { since: toEpochMs(1), recoveredAt: toEpochMs(2) },
      evidence: [{ firstAt: toEpochMs(3), at: toEpochMs(4) }],
      observer: { stalledAt: toEpochMs(5) },
    })
  })
})
