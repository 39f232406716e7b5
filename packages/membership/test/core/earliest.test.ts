import { describe, expect, it } from 'vitest'
import { Earliest } from '../../src/core/earliest.ts'
import { seededRandom } from './seeded-random.ts'

describe('the earliest of many times', () => {
  it('is what a search through all of them finds, whatever changes', () => {
    const random = seededRandom(1)
    const times = new Map<number, number>()
    let searches = 0
    const search = () => {
      searches++
      const [first] = [...times].sort(([, one], [, other]) => one - other)
      return first && { key: first[0], at: first[1] }
    }
    const earliest = new Earliest<number>(search)
    for (let i = 0; i < 2000; i++) {
      const [key, at] = [Math.floor(random() * 10), Math.floor(random() * 100)]
      if (random() < 0.2) times.delete(key)
      else times.set(key, at)
      earliest.changed(key, times.get(key))
      expect(earliest.at).toBe(times.size === 0 ? undefined : Math.min(...times.values()))
    }
    expect(searches).toBeLessThan(1000)
  })
})
