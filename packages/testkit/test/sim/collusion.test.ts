// What several liars can do together, or one that has joined under several names.
import type { CoreMember, Message } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import { honest, longestWrongMs, withLiars } from './liars.ts'
import { claim, type Lying, lifeOf } from './lying-core.ts'
import { told } from './real-cluster.ts'

const HOUR_MS = 3_600_000
const votes = (others: readonly CoreMember[]) =>
  others.map((member): Message => ({ type: 'gone', member: lifeOf(member), how: 'refused' }))

const together: Record<string, Lying> = {
  'suspect all others, for a long time': {
    tell: (others, _round, { name: by }) => [
      {
        type: 'updates',
        updates: others.map((member) => claim(member, { state: 'suspect', by, ageMs: HOUR_MS })),
      },
    ],
  },
  'vote all others gone': { tell: votes },
}

describe.each(Object.entries(together))('members that %s', (_, lying) => {
  it.each([2, 3])('make no honest one failed, not for a moment (%i of them)', (count) => {
    const simulation = withLiars({ lying, count })
    expect(longestWrongMs(simulation, 4000)).toBe(0)
    const failed = told(simulation, 'member-failed').filter((line) =>
      honest.includes(line.split(' ')[0] ?? ''),
    )
    expect(failed).toEqual([])
    expect(honest.filter((name) => !simulation.member(name).isLive)).toEqual([])
  })
})
