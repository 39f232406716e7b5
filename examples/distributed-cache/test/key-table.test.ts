// What is under way for keys.
import { expect, it } from 'vitest'
import { KeyTable } from '../src/key-table.ts'
import { randomFrom } from './workload.ts'

it('keeps what a Map keeps, whatever comes and goes, also where all keys end alike', () => {
  const random = randomFrom(1)
  const [table, map] = [new KeyTable<number>(16), new Map<string, number>()]
  for (let i = 0; i < 20_000; i++) {
    const key = `${Math.floor(random() * 100)}${random() < 0.5 ? '' : ' and the same end'}`
    if (random() < 0.5) {
      table.set(key, i)
      map.set(key, i)
    } else {
      table.delete(key)
      map.delete(key)
    }
    expect([table.get(key), table.has(key), table.size]).toEqual([map.get(key), map.has(key), map.size])
  }
  for (const [key, value] of map) expect(table.get(key)).toBe(value)
})
