import { describe, expect, it } from 'vitest'
import { type Member, oldest } from '../../src/index.ts'

function member(name: string, generation: number, change: Partial<Member> = {}): Member {
  return { name, generation, instance: `i-${name}`, state: 'alive', leaving: false, ...change } as Member
}

/** The name of the oldest, in whatever order they are given. */
function nameOfOldest(...members: Member[]): string | undefined {
  const name = oldest({ members })?.name
  expect(oldest({ members: members.toReversed() })?.name).toBe(name)
  return name
}

describe('the oldest member', () => {
  it('is the one of the lowest generation, then name, then instance', () => {
    expect(nameOfOldest(member('a', 3), member('b', 1), member('c', 2))).toBe('b')
    expect(nameOfOldest(member('c', 1), member('b', 1), member('d', 1))).toBe('b')
    const twins = [member('a', 1, { instance: 'y' }), member('a', 1, { instance: 'x' })]
    expect(oldest({ members: twins })?.instance).toBe('x')
  })

  it('may be suspect, but neither gone nor leaving', () => {
    expect(nameOfOldest(member('a', 1, { state: 'suspect' }), member('b', 2))).toBe('a')
    const gone = [member('a', 1, { state: 'failed' }), member('b', 2, { state: 'left' })]
    expect(nameOfOldest(...gone, member('c', 3, { leaving: true }), member('d', 4))).toBe('d')
    expect(nameOfOldest(member('c', 3, { leaving: true }))).toBeUndefined()
  })

  it('stays the same when others come, go, or are suspected', () => {
    const first = member('b', 1)
    expect(oldest({ members: [first, member('a', 2)] })).toBe(first)
    expect(oldest({ members: [first, member('a', 2, { state: 'suspect' }), member('0', 9)] })).toBe(first)
  })
})
