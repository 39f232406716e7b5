import { describe, expect, it } from 'vitest'
import type { CoreCertificate } from '../../src/core/certificate.ts'
import type { CoreEvent } from '../../src/core/event.ts'
import { compareFacts, type Fact, type MemberState } from '../../src/core/fact.ts'
import { type Entry, MemberTable, ownEntry } from '../../src/core/member-table.ts'
import { defaultProtocol } from '../../src/core/options.ts'
import { Outbox } from '../../src/core/outbox.ts'
import { shuffled } from '../../src/core/random.ts'
import { Roster } from '../../src/core/roster.ts'
import { seededRandom } from './seeded-random.ts'

const record = { addresses: ['10.0.0.2:1'], leaving: false, metadata: new Uint8Array(0) }

const fact = (change: Partial<Fact> = {}): Fact => ({
  name: 'm',
  generation: 100,
  instance: 'a',
  incarnation: 0,
  state: 'alive',
  ageMs: 0,
  record,
  ...change,
})

function createRoster() {
  const self = ownEntry({ name: 'self', generation: 50, instance: 's', ...record }, 0)
  const table = new MemberTable(self)
  const outbox = new Outbox()
  const roster = new Roster(
    table,
    outbox,
    defaultProtocol,
    10,
    () => {},
    () => false,
    () => ({}) as CoreCertificate,
  )
  const events = () =>
    outbox
      .take(() => table.view)
      .filter((output) => output.type === 'event')
      .map(({ event }) => event as CoreEvent)
  const shown = () => table.view.members.find(({ name }) => name === 'm')
  return { table, roster, events, shown, types: () => events().map(({ type }) => type) }
}

const WALL = 1000

describe('a member', () => {
  it('joins by its own hello only', () => {
    const { table, roster, types } = createRoster()
    expect(roster.apply(fact(), 'x', 0, WALL)).toBe('stranger')
    expect(table.get('m')).toBeUndefined()
    expect(roster.applyHello(fact(), 0)).toBe('changed')
    expect(types()).toEqual(['member-joined'])
  })

  it('is suspected, recovers, and fails, each told once', () => {
    const { roster, types } = createRoster()
    roster.applyHello(fact(), 0)
    for (let repeat = 0; repeat < 3; repeat++) roster.apply(fact({ state: 'suspect' }), 'x', 0, WALL)
    for (let repeat = 0; repeat < 3; repeat++) roster.apply(fact({ incarnation: 1 }), 'm', 0, WALL)
    for (let repeat = 0; repeat < 3; repeat++) {
      roster.apply(fact({ incarnation: 1, state: 'failed' }), 'x', 0, WALL)
    }
    expect(types()).toEqual(['member-joined', 'member-suspected', 'member-recovered', 'member-failed'])
  })

  it('that failed is not reported as left when its goodbye comes late', () => {
    const { table, roster, types } = createRoster()
    roster.applyHello(fact(), 0)
    roster.apply(fact({ state: 'failed' }), 'x', 0, WALL)
    roster.apply(fact({ incarnation: 2, state: 'left' }), 'm', 0, WALL)
    expect(types()).toEqual(['member-joined', 'member-failed', 'view-changed'])
    expect(table.get('m')?.state).toBe('left')
  })

  it('that left is not reported as failed', () => {
    const { roster, types } = createRoster()
    roster.applyHello(fact(), 0)
    roster.apply(fact({ incarnation: 2, state: 'left' }), 'm', 0, WALL)
    roster.apply(fact({ state: 'failed' }), 'x', 0, WALL)
    roster.apply(fact({ incarnation: 9, state: 'failed' }), 'x', 0, WALL)
    expect(types()).toEqual(['member-joined', 'member-left'])
  })

  it('restarts as a newer life, with the former one named', () => {
    const { roster, events } = createRoster()
    roster.applyHello(fact(), 0)
    roster.applyHello(fact({ generation: 101, instance: 'b' }), 0)
    const event = events()[1]
    expect(event).toMatchObject({
      type: 'member-restarted',
      member: { generation: 101 },
      previous: { generation: 100 },
    })
  })

  it('of an older life is turned away', () => {
    const { roster } = createRoster()
    roster.applyHello(fact(), 0)
    expect(roster.applyHello(fact({ generation: 99, instance: 'z' }), 0)).toBe('stale')
  })

  it('that nobody has met is taken in silently when its life is over', () => {
    const { roster, types, shown } = createRoster()
    expect(roster.apply(fact({ state: 'failed', ageMs: 5000 }), 'x', 10_000, WALL)).toBe('changed')
    expect(types()).toEqual(['view-changed'])
    expect(shown()?.since).toBe(5000)
  })

  it('that ended long ago is not taken in at all', () => {
    const { table, roster } = createRoster()
    roster.apply(fact({ state: 'failed', ageMs: defaultProtocol.forgetAfterMs }), 'x', 0, WALL)
    expect(table.get('m')).toBeUndefined()
  })

  it('with a generation far beyond every clock is believed from its own hello only', () => {
    const { table, roster } = createRoster()
    const future = { generation: WALL + 2 * 86_400_000 }
    roster.apply(fact({ ...future, state: 'failed' }), 'x', 0, WALL)
    expect(table.get('m')).toBeUndefined()
    roster.applyHello(fact(future), 0)
    expect(table.get('m')?.generation).toBe(future.generation)
  })

  it('that was forgotten comes back by a refuting hello, and by nothing older', () => {
    const { table, roster, types, shown } = createRoster()
    roster.applyHello(fact(), 0)
    roster.apply(fact({ state: 'failed' }), 'x', 0, WALL)
    roster.forget(table.get('m') as Entry, 1)
    expect(shown()).toBeUndefined()
    roster.applyHello(fact(), 2)
    expect(shown()).toBeUndefined()
    roster.applyHello(fact({ incarnation: 1 }), 3)
    expect(shown()?.state).toBe('alive')
    expect(types()).toEqual(['member-joined', 'member-failed', 'member-removed', 'member-joined'])
  })
})

describe('merging', () => {
  const states: MemberState[] = ['alive', 'suspect', 'failed']
  const claims = states.flatMap((state) => [0, 1, 2].map((incarnation) => fact({ state, incarnation })))

  it('gives the same winner in any order, with any repetition', () => {
    const random = seededRandom(7)
    const winner = claims.reduce((best, claim) => (compareFacts(claim, best) > 0 ? claim : best))
    for (let round = 0; round < 200; round++) {
      const { table, roster } = createRoster()
      roster.applyHello(fact(), 0)
      for (const claim of shuffled(random, [...claims, ...claims])) roster.apply(claim, 'x', 0, WALL)
      expect(table.get('m')).toMatchObject({ incarnation: winner.incarnation, state: winner.state })
    }
  })

  it('never goes back to an older incarnation or a lesser state on the way', () => {
    const random = seededRandom(11)
    for (let round = 0; round < 200; round++) {
      const { table, roster } = createRoster()
      roster.applyHello(fact(), 0)
      let held = table.get('m') as Entry
      for (const claim of shuffled(random, [...claims, ...claims])) {
        roster.apply(claim, 'x', 0, WALL)
        const next = table.get('m') as Entry
        expect(compareFacts(next, held)).toBeGreaterThanOrEqual(0)
        held = next
      }
    }
  })
})
