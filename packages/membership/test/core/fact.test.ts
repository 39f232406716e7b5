import { describe, expect, it } from 'vitest'
import { compareFacts, type MemberState } from '../../src/core/fact.ts'
import { compareLives } from '../../src/core/identity.ts'

const states: MemberState[] = ['alive', 'suspect', 'failed', 'left']
const claims = [1, 2].flatMap((generation) =>
  ['a', 'b'].flatMap((instance) =>
    [0, 1].flatMap((incarnation) =>
      states.map((state) => ({ name: 'm', generation, instance, incarnation, state })),
    ),
  ),
)

describe('the order of claims about one member', () => {
  it('puts a newer life above everything an older one ever claimed', () => {
    for (const a of claims) {
      for (const b of claims) {
        const lives = compareLives(a, b)
        if (lives !== 0) expect(Math.sign(compareFacts(a, b))).toBe(Math.sign(lives))
      }
    }
  })

  it('puts a higher incarnation of one life above any state of a lower one', () => {
    for (const a of states) {
      for (const b of states) {
        const lower = { name: 'm', generation: 1, instance: 'a', incarnation: 4, state: a }
        const higher = { ...lower, incarnation: 5, state: b }
        expect(compareFacts(higher, lower)).toBeGreaterThan(0)
      }
    }
  })

  it('orders the states of one incarnation: alive, suspect, failed, left', () => {
    const sorted = [...states].reverse().sort((a, b) => {
      const claim = { name: 'm', generation: 1, instance: 'a', incarnation: 0 }
      return compareFacts({ ...claim, state: a }, { ...claim, state: b })
    })
    expect(sorted).toEqual(['alive', 'suspect', 'failed', 'left'])
  })

  it('is a total order, so that any order of merging gives the same winner', () => {
    for (const a of claims) {
      for (const b of claims) {
        expect(Math.sign(compareFacts(a, b))).toBe(-Math.sign(compareFacts(b, a)) + 0)
        for (const c of claims) {
          if (compareFacts(a, b) > 0 && compareFacts(b, c) > 0) expect(compareFacts(a, c)).toBeGreaterThan(0)
        }
      }
    }
  })
})
