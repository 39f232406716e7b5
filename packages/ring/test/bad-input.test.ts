import { describe, expect, it } from 'vitest'
import { diff, place, placementMembers } from '../src/index.ts'
import { members } from './support.ts'

const invalid = (option: string) => expect.objectContaining({ code: 'ERR_ROLLCALL_INVALID_OPTION', option })

describe('a wrong list', () => {
  it.each<[string, unknown]>([
    ['members', undefined],
    ['members', 'cache-0'],
    ['members', { members: [] }],
    ['members[1]', [{ name: 'a' }, undefined]],
    ['members[0]', ['cache-0']],
    ['members[0].name', [{}]],
    ['members[1].name', [{ name: 'a' }, { name: '' }]],
    ['members[1].name', [{ name: 'a' }, { name: 'a' }]],
    ['members[1].name', [{ name: 'a', generation: 1 }, { name: 'a' }]],
    [
      'members[1].name',
      [
        { name: 'a', generation: 1 },
        { name: 'a', generation: 1 },
      ],
    ],
  ])('is refused naming %s: %j', (option, list) => {
    expect(() => place(list as never)).toThrow(invalid(option))
  })

  it.each([undefined, {}])('is not taken from a view that is none: %j', (view) => {
    expect(() => placementMembers(view as never)).toThrow(invalid('view'))
  })
})

describe('a wrong option', () => {
  it.each<[string, unknown]>([
    ['options', null],
    ['options', 7],
    ['weights', { weights: () => 1 }],
    ['weight', { weight: 1 }],
    ['zone', { zone: 'a' }],
    ['maxLoad', { maxLoad: 0.9 }],
    ['maxLoad', { maxLoad: Number.NaN }],
    ['maxLoad', { maxLoad: '1.1' }],
    ['weight', { weight: () => -1 }],
    ['weight', { weight: () => Number.NaN }],
    ['weight', { weight: () => Number.POSITIVE_INFINITY }],
    ['weight', { weight: () => 1e-9 }],
    ['weight', { weight: () => '2' }],
    ['weight', { weight: () => 2n }],
    ['zone', { zone: () => 7 }],
    ['zone', { zone: () => ({}) }],
  ])('is refused naming %s', (option, options) => {
    expect(() => place(members(2), options as never)).toThrow(invalid(option))
  })

  it('names the member whose weight is wrong', () => {
    expect(() => place(members(2), { weight: ({ name }) => (name === 'cache-1' ? -1 : 1) })).toThrow(
      /option weight: expected .* for member "cache-1", got -1/,
    )
  })
})

describe('a wrong question', () => {
  const placement = place(members(3))

  it.each([[0], [-1], [1.5], [17], [Number.NaN], [undefined], ['2']])('is refused when n is %j', (n) => {
    for (const ask of [
      () => placement.owners('k', n as never),
      () => placement.ownersOf(0, n as never),
      () => placement.owns('cache-0', 'k', n as never),
      () => placement.partitionsOf('cache-0', n as never),
      () => diff(placement, placement, n as never),
    ]) {
      expect(ask).toThrow(invalid('n'))
    }
  })

  it('is refused when n is text, even after the same number was asked for', () => {
    placement.owners('k', 2)
    expect(() => placement.owners('k', '2' as never)).toThrow(invalid('n'))
  })

  it.each([[-1], [16_384], [0.5], [undefined], ['3']])('is refused when the partition is %j', (partition) => {
    expect(() => placement.ownersOf(partition as never, 1)).toThrow(invalid('partition'))
  })

  it('is refused when the key is no key', () => {
    expect(() => placement.owners(7 as never, 1)).toThrow(invalid('key'))
  })

  it('is refused when a diff is asked of something else', () => {
    expect(() => diff(members(2) as never, placement, 1)).toThrow(invalid('before'))
    expect(() => diff(placement, undefined as never, 1)).toThrow(invalid('after'))
  })
})
