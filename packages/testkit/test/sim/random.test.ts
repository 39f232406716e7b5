import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../src/sim/random.ts'

const draws = (stream: RandomStream) => Array.from({ length: 1000 }, stream.next)

describe('a random stream', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    expect(draws(new RandomStream(7))).toEqual(draws(new RandomStream(7)))
    expect(draws(new RandomStream(7))).not.toEqual(draws(new RandomStream(8)))
  })

  it('has named streams that do not depend on what was drawn before', () => {
    const drawn = new RandomStream(7)
    draws(drawn)
    expect(draws(drawn.stream('x'))).toEqual(draws(new RandomStream(7).stream('x')))
    expect(draws(drawn.stream('x'))).not.toEqual(draws(drawn.stream('y')))
  })

  it('is spread evenly', () => {
    const buckets = new Array(10).fill(0)
    const stream = new RandomStream(1)
    for (let i = 0; i < 100_000; i++) buckets[stream.below(10)]++
    for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })
})
