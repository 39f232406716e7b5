// What a write makes of what is there.
import { describe, expect, it } from 'vitest'
import { Entry } from '../src/store/entry.ts'
import { decide } from '../src/writes/decide.ts'
import type { Write } from '../src/writes/write.ts'

const NOW = 1_760_000_000_000
const stamp = { version: 10, by: 'm-1' }
const base = {
  key: 'k',
  partition: 3,
  deadline: 0,
  ttlMs: Number.POSITIVE_INFINITY,
  condition: undefined,
  by: 0n,
  number: 1,
  isGivenUp: false,
}

function there(value: string | undefined, expiresAtMs?: number): Entry {
  return new Entry(3, value, 5, 'm-0', expiresAtMs)
}

function decided(write: Partial<Write> & Pick<Write, 'kind'>, known?: Entry) {
  return decide({ ...base, value: undefined, ...write }, known, NOW, stamp)
}

/** A cross table: what is there, and whether a condition is met by it. */
describe.each([
  ['nothing', undefined, false],
  ['a value', there('x'), true],
  ['a tombstone', there(undefined), false],
  ['a value that has ended', there('x', NOW), false],
  ['a value that ends later', there('x', NOW + 1), true],
] as const)('where there is %s', (_, known, isPresent) => {
  const value = Buffer.from('new')

  it('sets in any case, and under the condition that is met', () => {
    const grant = { version: 8, basis: 5 }
    expect(decided({ kind: 'set', value, condition: grant }, known)).toMatchObject({
      type: 'write',
      entry: { kept: value, version: 8, by: 'm-1' },
    })
    const older = decided({ kind: 'set', value, condition: { version: 8, basis: 4 } }, known)
    expect(older.type).toBe(known === undefined ? 'write' : 'nothing')
    expect(decided({ kind: 'set', value }, known)).toMatchObject({
      type: 'write',
      entry: { kept: value, version: 10, by: 'm-1' },
    })
    const expected = (isMet: boolean) => (isMet ? 'write' : 'nothing')
    expect(decided({ kind: 'set', value, condition: 'absent' }, known).type).toBe(expected(!isPresent))
    expect(decided({ kind: 'set', value, condition: 'present' }, known).type).toBe(expected(isPresent))
  })

  it('leaves a tombstone', () => {
    expect(decided({ kind: 'delete' }, known)).toMatchObject({ type: 'write', entry: { isDeleted: true } })
  })

  it('lets only what is there end', () => {
    const decision = decided({ kind: 'expire', ttlMs: 50 }, known)
    if (isPresent) expect(decision).toMatchObject({ entry: { kept: 'x', expiresAtMs: NOW + 50 } })
    else expect(decision).toEqual({ type: 'nothing' })
  })
})

describe('adding', () => {
  const add = (known: Entry | undefined, by: bigint) => decided({ kind: 'increment', by }, known)

  it('begins at 0, and keeps the time to live', () => {
    expect(add(undefined, -3n)).toMatchObject({ sum: -3n, entry: { expiresAtMs: undefined } })
    expect(add(there('41', NOW + 5), 1n)).toMatchObject({ sum: 42n, entry: { expiresAtMs: NOW + 5 } })
    expect(add(there('41', NOW), 1n)).toMatchObject({ sum: 1n, entry: { expiresAtMs: undefined } })
  })

  it.each(['', ' 1', '1 ', '+1', '01', '-0', '1.0', '1e3', 'one', '9223372036854775808'])(
    'takes %j for no number',
    (text) => {
      expect(add(there(text), 1n)).toMatchObject({ type: 'refused', code: 'ERR_CACHE_NOT_A_NUMBER' })
    },
  )

  it('stays within 64 bits', () => {
    expect(add(there('9223372036854775807'), 1n)).toMatchObject({ code: 'ERR_CACHE_OUT_OF_RANGE' })
    expect(add(there('-9223372036854775808'), -1n)).toMatchObject({ code: 'ERR_CACHE_OUT_OF_RANGE' })
    expect(add(there('-9223372036854775808'), 1n)).toMatchObject({ sum: -9223372036854775807n })
  })
})
