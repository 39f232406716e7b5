import { describe, expect, it } from 'vitest'
import { costOf, draw, seedOf } from '../src/score.ts'

const range = 2 ** 32

describe('the cost of a member', () => {
  it('is the negative logarithm to about six digits', () => {
    for (const drawn of [1, 2, 1000, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 3e9, range - 2, range - 1]) {
      const exact = -Math.log1p(-drawn / range) * range
      expect(Math.abs(costOf(drawn) - exact) / exact).toBeLessThan(1e-5)
    }
    expect(costOf(0)).toBe(0)
  })

  it('is never less than what was drawn, and grows with it', () => {
    let last = -1
    for (let drawn = 0; drawn < range; drawn += 999_983) {
      const cost = costOf(drawn)
      expect(cost >= drawn && cost > last, `${drawn}`).toBe(true)
      last = cost
    }
  })
})

describe('what is drawn', () => {
  it('is uniform over the partitions, and independent between members', () => {
    const seeds = ['cache-0', 'cache-1'].map(seedOf)
    const cells = new Float64Array(256)
    const count = 16_384
    for (let partition = 0; partition < count; partition++) {
      const [a = 0, b = 0] = seeds.map(({ offset, step }) => draw(offset, step, partition) >>> 28)
      cells[a * 16 + b] = (cells[a * 16 + b] ?? 0) + 1
    }
    const mean = count / cells.length
    const chiSquare = cells.reduce((sum, n) => sum + (n - mean) ** 2 / mean, 0)
    // 255 degrees of freedom: mean 255, standard deviation 22.6.
    expect(chiSquare).toBeLessThan(255 + 4 * 22.6)
  })
})
