import { describe, expect, it } from 'vitest'
import { partitionCount, partitionOf, place, placementMembers } from '../src/index.ts'
import { fromFields, members, names, seededRandom, shuffled, table } from './support.ts'

describe('owners', () => {
  it('come with the partition and the id of the placement', () => {
    const placement = place(members(5))
    const answer = placement.owners('user:1', 2)
    expect(answer.partition).toBe(partitionOf('user:1'))
    expect(answer.placementId).toBe(placement.id)
    expect(answer.owners).toHaveLength(2)
    expect(placement.ownersOf(answer.partition, 2)).toBe(answer)
    expect(placement.owner(answer.owners[0]?.name ?? '')).toBe(answer.owners[0])
  })

  it('are the members given, as they were given', () => {
    const list = members(3)
    for (const { member } of place(list).owners('k', 3).owners) expect(list).toContain(member)
  })

  it('are distinct, and stay the first when more are asked for', () => {
    const placement = place(members(7))
    const deep = table(placement, 5)
    for (const owners of deep) expect(new Set(owners).size).toBe(5)
    for (let n = 1; n < 5; n++) {
      const shallow = table(placement, n)
      expect(shallow).toEqual(deep.map((owners) => owners.slice(0, n)))
    }
  })

  it.each([
    [0, 2, 0],
    [1, 1, 1],
    [1, 2, 1],
    [2, 2, 2],
    [2, 16, 2],
    [20, 16, 16],
  ])('of %i members, %i asked for, are %i', (count, n, expected) => {
    const placement = place(members(count))
    expect(placement.owners('k', n).owners).toHaveLength(expected)
    expect(placement.members).toHaveLength(count)
  })

  it('do not depend on the order of the list', () => {
    const random = seededRandom(1)
    const list = members(20).map((member, i) => ({ ...member, weight: 1 + (i % 3), zone: `z${i % 3}` }))
    const first = place(list, fromFields)
    const expected = table(first, 3)
    for (let i = 0; i < 3; i++) {
      const other = place(shuffled(list, random), fromFields)
      expect(other.id).toBe(first.id)
      expect(table(other, 3)).toEqual(expected)
    }
  })

  it('do not depend on what was asked before', () => {
    const asked = place(members(9))
    asked.ownersOf(5, 1)
    asked.ownersOf(7, 3)
    asked.ownersOf(5, 2)
    expect(table(asked, 4)).toEqual(table(place(members(9)), 4))
  })

  it('can be listed by member', () => {
    const placement = place(members(4))
    const listed = placement.members.map(({ name }) => placement.partitionsOf(name, 2))
    expect(listed.reduce((sum, { length }) => sum + length, 0)).toBe(2 * partitionCount)
    const [first = []] = listed
    expect(
      first.every((partition) => names(placement.ownersOf(partition, 2).owners).includes('cache-0')),
    ).toBe(true)
    expect(placement.partitionsOf('nobody', 2)).toEqual([])
  })

  it('can be asked about by name, as the receiver of a forwarded request does', () => {
    const placement = place(members(5))
    const owners = names(placement.owners('k', 2).owners)
    for (const { name } of placement.members) expect(placement.owns(name, 'k', 2)).toBe(owners.includes(name))
    expect(placement.owns('nobody', 'k', 2)).toBe(false)
  })

  it('are flagged when suspect or leaving, and stay owners', () => {
    const quiet = place(members(3))
    const flagged = place([
      { name: 'cache-0', state: 'suspect', leaving: false },
      { name: 'cache-1', state: 'alive', leaving: true },
      { name: 'cache-2' },
    ])
    expect(flagged.id).toBe(quiet.id)
    expect(table(flagged, 2)).toEqual(table(quiet, 2))
    expect(flagged.members.map(({ suspect, leaving }) => [suspect, leaving])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ])
  })
})

describe('the members that own keys', () => {
  it('are the alive and the suspect ones, leaving ones included', () => {
    const view = {
      members: [
        { name: 'a', state: 'alive', leaving: false },
        { name: 'b', state: 'suspect', leaving: false },
        { name: 'c', state: 'alive', leaving: true },
        { name: 'd', state: 'failed', leaving: false },
        { name: 'e', state: 'left', leaving: true },
      ] as const,
    }
    expect(placementMembers(view).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('are all of the list given, whatever their state', () => {
    const placement = place([{ name: 'a', state: 'failed' }, { name: 'b' }])
    expect(placement.owners('k', 2).owners).toHaveLength(2)
  })

  it('are the later of two lives of a name', () => {
    const [old, young] = [
      { name: 'a', generation: 1 },
      { name: 'a', generation: 2 },
    ]
    for (const list of [
      [old, young],
      [young, old],
    ]) {
      expect(place(list).members.map(({ member }) => member)).toEqual([young])
    }
  })

  it('may have any name', () => {
    const list = ['ключ', '日本', '😀', '\ud800', 'a b', '"', '__proto__', 'constructor'].map((name) => ({
      name,
    }))
    const placement = place(list)
    expect(new Set(names(placement.owners('k', 8).owners))).toEqual(new Set(list.map(({ name }) => name)))
    expect(placement.id).not.toBe(place(list.slice(1)).id)
  })
})

describe('the id of a placement', () => {
  const base = [
    { name: 'a', weight: 1, zone: 'x' },
    { name: 'b', weight: 2, zone: 'y' },
  ]
  const idOf = (list: typeof base, maxLoad?: number) =>
    place(list, { ...fromFields, ...(maxLoad !== undefined && { maxLoad }) }).id

  it('is 64 bits in hex', () => expect(idOf(base)).toMatch(/^[0-9a-f]{16}$/))

  it.each([
    ['a name', [{ name: 'A', weight: 1, zone: 'x' }, base[1]]],
    ['a weight', [{ name: 'a', weight: 1.5, zone: 'x' }, base[1]]],
    ['a zone', [{ name: 'a', weight: 1, zone: 'z' }, base[1]]],
    ['a further member', [...base, { name: 'c', weight: 1, zone: 'x' }]],
    ['a member less', [base[0]]],
  ])('differs by %s', (_, list) => {
    expect(idOf(list as typeof base)).not.toBe(idOf(base))
  })

  it('differs by the bound, since that places differently', () => {
    const ids = [1.1, 1.2, Number.POSITIVE_INFINITY].map((maxLoad) => idOf(base, maxLoad))
    expect(new Set(ids).size).toBe(3)
    expect(ids[0]).toBe(idOf(base))
  })

  it('does not differ by generation, nor by members that own nothing', () => {
    expect(place([{ name: 'a', generation: 1 }]).id).toBe(place([{ name: 'a', generation: 2 }]).id)
    expect(idOf([...base, { name: 'c', weight: 0, zone: 'x' }])).toBe(idOf(base))
  })
})

describe('a placement of other members', () => {
  it('is the same as one made anew', () => {
    const before = place(members(6))
    table(before, 2)
    expect(table(before.with(members(7)), 2)).toEqual(table(place(members(7)), 2))
  })

  it('keeps the options', () => {
    const list = members(4).map((member, i) => ({ ...member, weight: i }))
    expect(place(members(1), fromFields).with(list).id).toBe(place(list, fromFields).id)
  })

  it('shows the present flags where the owners stay', () => {
    const before = place(members(3))
    const after = before.with(members(3).map((member) => ({ ...member, state: 'suspect' as const })))
    expect(after.owners('k', 1).owners[0]?.suspect).toBe(true)
    expect(before.owners('k', 1).owners[0]?.suspect).toBe(false)
  })
})
