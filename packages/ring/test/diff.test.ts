import { describe, expect, it } from 'vitest'
import { diff, partitionCount, place } from '../src/index.ts'
import { members, names, table } from './support.ts'

describe('a diff', () => {
  it('is empty between placements of the same members', () => {
    const before = place(members(5))
    const suspected = before.with(members(5).map((member) => ({ ...member, state: 'suspect' as const })))
    const same = diff(before, suspected, 2)
    expect(same.moves).toEqual([])
    expect(same.names).toEqual([])
    expect(same.of('cache-0')).toEqual({ gained: [], lost: [] })
  })

  it('turns the owners before into the owners after', () => {
    const before = place(members(8))
    const after = before.with(members(9).slice(1))
    const expected = table(after, 3)
    const actual = table(before, 3)
    for (const { partition, gainedBy, lostBy } of diff(before, after, 3).moves) {
      const lost = names(lostBy)
      actual[partition] = [
        ...(actual[partition] ?? []).filter((name) => !lost.includes(name)),
        ...names(gainedBy),
      ]
    }
    expect(actual.map((owners) => owners.toSorted())).toEqual(expected.map((owners) => owners.toSorted()))
  })

  it('tells each member what it gained and lost', () => {
    const before = place(members(4))
    const after = before.with(members(5))
    const changes = diff(before, after, 2)
    expect(changes.names).toContain('cache-4')
    for (const name of changes.names) {
      const had = new Set(before.partitionsOf(name, 2))
      const has = new Set(after.partitionsOf(name, 2))
      const { gained, lost } = changes.of(name)
      expect(gained.map(({ partition }) => partition)).toEqual([...has].filter((p) => !had.has(p)))
      expect(lost.map(({ partition }) => partition)).toEqual([...had].filter((p) => !has.has(p)))
    }
  })

  it('names former owners that are still here as sources, as they are now', () => {
    const before = place(members(5))
    const after = before.with([
      ...members(5)
        .slice(1)
        .map((member) => ({ ...member, leaving: member.name === 'cache-1' })),
    ])
    const { moves } = diff(before, after, 2)
    expect(moves.length).toBeGreaterThan(0)
    for (const { partition, sources } of moves) {
      const expected = names(before.ownersOf(partition, 2).owners).filter((name) => name !== 'cache-0')
      expect(names(sources)).toEqual(expected)
      for (const { name, leaving } of sources) expect(leaving).toBe(name === 'cache-1')
    }
  })

  it('takes a restarted member for one that holds nothing', () => {
    const list = members(3).map((member) => ({ ...member, generation: 1 }))
    const before = place(list)
    const after = before.with(list.map((member, i) => (i === 0 ? { ...member, generation: 2 } : member)))
    expect(after.id).toBe(before.id)
    const changes = diff(before, after, 2)
    const held = before.partitionsOf('cache-0', 2)
    expect(changes.names).toEqual(['cache-0'])
    expect(changes.of('cache-0').gained.map(({ partition }) => partition)).toEqual(held)
    expect(changes.of('cache-0').lost.map(({ partition }) => partition)).toEqual(held)
    for (const { sources } of changes.moves) expect(names(sources)).not.toContain('cache-0')
  })

  it('has no sources where nobody is left, or nobody was', () => {
    const empty = place(members(0))
    const one = empty.with(members(1))
    const gained = diff(empty, one, 2).of('cache-0').gained
    expect(gained).toHaveLength(partitionCount)
    expect(gained.every(({ sources }) => sources.length === 0)).toBe(true)
    const lost = diff(one, empty, 2).of('cache-0').lost
    expect(lost).toHaveLength(partitionCount)
    expect(lost.every(({ sources, gainedBy }) => sources.length === 0 && gainedBy.length === 0)).toBe(true)
  })

  it('shows what a leaving member has to hand over before it goes', () => {
    const list = members(5).map((member, i) => ({ ...member, leaving: i === 2 }))
    const now = place(list)
    const later = now.with(list.filter(({ leaving }) => !leaving))
    const { lost } = diff(now, later, 2).of('cache-2')
    expect(lost.map(({ partition }) => partition)).toEqual(now.partitionsOf('cache-2', 2))
    for (const { gainedBy, sources } of lost) {
      expect(gainedBy).toHaveLength(1)
      expect(sources).toHaveLength(1)
    }
  })

  it('names who leaves in lostBy, the only one to ask when nobody else has the partition', () => {
    const list = members(5).map((member, i) => ({ ...member, leaving: i === 2 }))
    const now = place(list)
    const { moves } = diff(now, now.with(list.filter(({ leaving }) => !leaving)), 1)
    const ofLeaver = moves.filter(({ partition }) => now.ownersOf(partition, 1).owners[0]?.leaving)
    expect(ofLeaver.map(({ partition }) => partition)).toEqual(now.partitionsOf('cache-2', 1))
    for (const { lostBy, sources } of ofLeaver) {
      expect(lostBy).toMatchObject([{ name: 'cache-2', leaving: true }])
      expect(sources).toEqual([])
    }
  })
})
