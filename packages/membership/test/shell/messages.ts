// Messages of every kind for tests of the codec.
import type { Fact } from '../../src/core/fact.ts'
import type { Message } from '../../src/core/message.ts'
import { type Random, randomInt } from '../../src/core/random.ts'

/** A small seeded generator (mulberry32), so that a failing run can be repeated. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export const someLife = { name: 'cache-0', generation: 1_790_000_000_123, instance: '0123456789abcdef' }

export const bareFact: Fact = { ...someLife, incarnation: 0, state: 'alive', ageMs: 0 }

export const fullFact: Fact = {
  ...someLife,
  incarnation: 7,
  state: 'suspect',
  ageMs: 1234,
  by: 'cache-4',
  record: {
    addresses: ['10.0.0.7:7946', '[fd00::7]:7946'],
    leaving: true,
    metadata: Uint8Array.of(1, 2, 3),
  },
}

export const verdict: Fact = {
  ...bareFact,
  state: 'failed',
  ageMs: 12,
  by: 'cache-4',
  ground: 'address-gone',
}

const selfFact: Fact = { ...fullFact, state: 'alive' }

const hash = { high: 0xffffffff, low: 0x00000001 }

export const everyMessage: readonly Message[] = [
  { type: 'hello', minVersion: 1, maxVersion: 1, clusterId: 'prod/cache', self: selfFact, hash },
  {
    type: 'hello',
    minVersion: 1,
    maxVersion: 3,
    clusterId: 'c',
    self: selfFact,
    hash,
    meant: 'm'.repeat(253),
  },
  {
    ...{ type: 'hello', minVersion: 1, maxVersion: 1, clusterId: 'cache.prod', self: selfFact, hash },
    alsoClusterIds: ['cache.live', 'cache'],
  },
  { type: 'hello', minVersion: 1, maxVersion: 1, clusterId: 'c', self: selfFact, hash, renewal: 7 },
  { type: 'ping', seq: 1, hash, updates: [] },
  { type: 'ping', seq: 4_000_000_000, hash, updates: [bareFact, fullFact] },
  { type: 'ack', seq: 0, hash, updates: [] },
  { type: 'ack', seq: 1, hash, updates: [], exceptions: [] },
  { type: 'ping', seq: 2, hash, updates: [bareFact], exceptions: ['cache-2', 'cache-9'] },
  { type: 'ping-request', seq: 2, target: someLife },
  { type: 'indirect-ack', seq: 3, ok: true },
  { type: 'indirect-ack', seq: 3, ok: false },
  { type: 'updates', updates: [{ ...bareFact, state: 'failed' }] },
  { type: 'updates', updates: [verdict] },
  { type: 'updates', updates: [{ ...bareFact, state: 'left', forgotten: true }] },
  { type: 'gone', member: someLife, how: 'refused' },
  { type: 'gone', member: someLife, how: 'unreachable' },
  { type: 'veto', members: [someLife] },
  { type: 'veto', members: [someLife, { ...someLife, name: 'cache-7' }] },
  { type: 'digest', facts: [bareFact, { ...bareFact, state: 'left', ageMs: 90_000_000 }] },
  { type: 'delta', updates: [fullFact], wanted: ['cache-1', 'cache-2'] },
  { type: 'delta', updates: [], wanted: [] },
  { type: 'want', names: ['cache-9'] },
  { type: 'goodbye', self: { ...fullFact, state: 'left' } },
  { type: 'goodbye-ack' },
  { type: 'last' },
  { type: 'standing', isMajority: true, guests: [], missed: [] },
  { type: 'standing', isMajority: false, guests: ['cache-7', 'cache-8'], missed: ['cache-1'] },
]

/** Random bytes. */
export function noise(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => randomInt(random, 256))
}
