import { describe, expect, it } from 'vitest'
import { AckDelay, RoundTrip } from '../../src/core/round-trip.ts'

/** Timeout of a link between 150 ms and 1 s. */
const timeoutMs = (delay: AckDelay, link: RoundTrip) => delay.timeoutMs(link, 150, 1000)

/** Samples as many links as there are times. */
function sampleEach(delay: AckDelay, times: readonly number[]): RoundTrip[] {
  return times.map((tookMs) => {
    const link = new RoundTrip()
    delay.sample(link, tookMs)
    return link
  })
}

describe('the wait for an ack', () => {
  it('is half a second before any ack has come', () => {
    expect(timeoutMs(new AckDelay(), new RoundTrip())).toBe(500)
  })

  it('is the least on a link that was never measured, when others answer at once', () => {
    const delay = new AckDelay()
    sampleEach(delay, [1, 2, 1])
    expect(timeoutMs(delay, new RoundTrip())).toBe(150)
  })

  it('is longer on all links while acks come late, and at most the longest', () => {
    const delay = new AckDelay()
    sampleEach(delay, [200, 210, 190])
    expect(timeoutMs(delay, new RoundTrip())).toBe(400)
    sampleEach(delay, [900, 800])
    expect(timeoutMs(delay, new RoundTrip())).toBe(1000)
  })

  it('is not stretched by one late ack', () => {
    const delay = new AckDelay()
    sampleEach(delay, [1, 1, 900, 1])
    expect(timeoutMs(delay, new RoundTrip())).toBe(150)
  })

  it('is short again two seconds after the load has passed, also on links met under load', () => {
    const delay = new AckDelay()
    const [link] = sampleEach(delay, [800, 700, 900, 600, 800, 700, 900, 600, 800])
    sampleEach(delay, [1, 1, 1, 1, 1, 1, 1, 1])
    expect(timeoutMs(delay, link as RoundTrip)).toBeLessThan(300)
    expect(timeoutMs(delay, new RoundTrip())).toBe(150)
  })

  it('is longer on the one link that is far away, and on no other', () => {
    const delay = new AckDelay()
    const far = new RoundTrip()
    for (let round = 0; round < 5; round++) {
      const near = sampleEach(delay, [1, 2, 1, 2, 1, 2, 1])
      delay.sample(far, 300)
      expect(timeoutMs(delay, near[0] as RoundTrip)).toBe(150)
    }
    expect(timeoutMs(delay, far)).toBeGreaterThan(300)
    expect(far.smoothedMs).toBe(300)
  })
})
