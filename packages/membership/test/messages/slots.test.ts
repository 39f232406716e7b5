import { describe, expect, it } from 'vitest'
import { Numbers, Slots } from '../../src/messages/slots.ts'

describe('numbers of exchanges', () => {
  it('differ, although their slots are used again', () => {
    const numbers = new Numbers()
    const slots = new Slots<{ readonly id: number }>()
    const seen = new Set<number>()
    const old = { id: numbers.take(1) as number }
    slots.add(old)
    for (let round = 2; round < 1000; round++) {
      const item = { id: numbers.take(round) as number }
      expect(slots.isFree(item.id)).toBe(true)
      slots.add(item)
      expect(seen.has(item.id)).toBe(false)
      seen.add(item.id)
      expect([slots.get(item.id), slots.get(old.id), slots.size]).toEqual([item, old, 2])
      expect(slots.delete(item)).toBe(true)
      expect([slots.get(item.id), slots.delete(item)]).toEqual([undefined, false])
      numbers.release(item.id)
    }
    expect([...slots.values()]).toEqual([old])
  })

  it('are whole and exact however many there were, and end at 65,536 open ones', () => {
    const numbers = new Numbers()
    const last = 2 ** 37 - 1
    expect(numbers.take(last)).toBe(last * 65_536)
    expect(Number.isSafeInteger(numbers.take(last))).toBe(true)
    for (let i = 2; i < 65_536; i++) numbers.take(last)
    expect(numbers.take(last)).toBeUndefined()
    numbers.release(last * 65_536 + 7)
    expect(numbers.take(2 ** 37 + 3)).toBe(3 * 65_536 + 7)
  })

  it('cost as much as there are open ones, whatever slots the other side has chosen', () => {
    const slots = new Slots<{ readonly id: number }>()
    const visits = (): number => {
      const { iterations, done } = countIterations()
      expect([...slots.values()].length).toBe(slots.size)
      done()
      return iterations()
    }
    const last = { id: 65_535 }
    slots.add(last)
    expect(visits()).toBeLessThan(1024)
    const all = Array.from({ length: 65_535 }, (_, id) => ({ id }))
    for (const item of all) slots.add(item)
    expect(visits()).toBeGreaterThan(65_535)
    for (const item of all) slots.delete(item)
    expect([slots.size, [...slots.values()]]).toEqual([1, [last]])
    expect(visits()).toBeLessThan(1024)
  })
})

/** Counts how many elements all arrays give to loops. */
function countIterations() {
  const prototype = Object.getPrototypeOf([][Symbol.iterator]())
  const next = prototype.next
  let count = 0
  prototype.next = function (this: unknown) {
    count++
    return next.call(this)
  }
  return {
    iterations: () => count,
    done: () => {
      prototype.next = next
    },
  }
}
