import { describe, expect, it } from 'vitest'
import { RandomStream } from '../../src/sim/random.ts'
import { VirtualClock } from '../../src/sim/virtual-clock.ts'

describe('a virtual clock', () => {
  it('runs events by time, and equal times in the order of scheduling', () => {
    const clock = new VirtualClock()
    const random = new RandomStream(3)
    const expected: { at: number; order: number }[] = []
    const seen: { at: number; order: number }[] = []
    for (let order = 0; order < 2000; order++) {
      const at = random.below(50)
      expected.push({ at, order })
      clock.at(at, () => seen.push({ at: clock.now, order }))
    }
    clock.runUntil(100)
    expect(seen).toEqual(expected.sort((a, b) => a.at - b.at || a.order - b.order))
    expect(clock.now).toBe(100)
  })

  it('leaves out what was cancelled, and runs what is due and no more', () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const entries = [1, 2, 3, 4].map((at) => clock.at(at, () => seen.push(at)))
    clock.cancel(entries[1])
    clock.runUntil(3)
    expect(seen).toEqual([1, 3])
    expect(clock.now).toBe(3)
  })
})
