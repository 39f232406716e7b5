import { describe, expect, it } from 'vitest'
import { canonicalAddress, dialableAddress, parseSeed, uniqueSeeds } from '../src/address.ts'

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['FD00:0:0::0001', 'fd00::1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::ffff:a00:1', '10.0.0.1'],
  ['0:0:0:0:0:FFFF:0a00:0001', '10.0.0.1'],
  ['::1', '::1'],
  ['fe80::1%eth0', undefined],
  ['010.0.0.1', undefined],
  ['cache', undefined],
  ['', undefined],
])('has one form for %s', (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected)
})

it.each([
  '0.0.0.0',
  '169.254.1.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'febf::1',
  'ff02::1',
  '::ffff:0.0.0.0',
])('knows that %s cannot be dialed', (text) => expect(dialableAddress(text)).toBeUndefined())

it.each(['127.0.0.5', '10.0.0.1', '::1', 'fd00::1', 'fe8::1', 'ff::1', '2001:db8::1'])(
  'can dial %s',
  (text) => {
    expect(dialableAddress(text)).toBe(text)
  },
)

describe('seeds as text', () => {
  it.each([
    ['10.0.0.1', { address: '10.0.0.1' }],
    ['10.0.0.1:7946', { address: '10.0.0.1', port: 7946 }],
    ['[::1]:7946', { address: '::1', port: 7946 }],
    ['[fd00:0::1]', { address: 'fd00::1' }],
    ['fd00::1', { address: 'fd00::1' }],
    ['localhost:7001', { address: '127.0.0.1', port: 7001 }],
    ['10.0.0.1:0', undefined],
    ['10.0.0.1:65536', undefined],
    ['10.0.0.1:', undefined],
    ['cache-0:7946', undefined],
    ['', undefined],
  ])('reads %j', (text, expected) => expect(parseSeed(text)).toEqual(expected))
})

it('sorts, and drops what is listed twice, keeping a host name', () => {
  const seeds = [
    { address: '10.0.0.2' },
    { address: '10.0.0.1' },
    { address: '10.0.0.2', hostname: 'cache-1' },
    { address: '10.0.0.2', port: 1 },
  ]
  expect(uniqueSeeds(seeds)).toEqual([
    { address: '10.0.0.1' },
    { address: '10.0.0.2', hostname: 'cache-1' },
    { address: '10.0.0.2', port: 1 },
  ])
})
