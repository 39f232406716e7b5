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

it.each([
  ['end', (i: number) => `user:${10_000_000 + i}:the same end`],
  ['begin', (i: number) => `the same beginning:${i}`],
])(
  'finds each of many keys in a few steps, also where they %s alike, and is small again after that',
  (_, keyOf) => {
    const table = new KeyTable<number>(16)
    for (let i = 0; i < 20_000; i++) table.set(keyOf(i), i)
    expect(table.crowd).toBeLessThan(20)
    for (let i = 0; i < 20_000; i++) expect(table.get(keyOf(i))).toBe(i)
    for (let i = 0; i < 20_000; i++) table.delete(keyOf(i))
    expect([table.size, table.crowd, table.get(keyOf(0))]).toEqual([0, 0, undefined])
  },
)
