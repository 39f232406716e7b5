import { describe, expect, it } from 'vitest'
import { record } from './corpus.ts'
import { fuzzLive } from './live.ts'
import { MemberRig } from './member-rig.ts'
import { readOptions } from './options.ts'
import { payloads, upgrade, webSocketFrame } from './websocket-bytes.ts'

// A small share of what `npm run fuzz` does, always the same.
const SEED = 6
const FRAMES = 10_000
const LIVE_FRAMES = 600

/** Every kind of the protocol, and every item of messages. */
const kinds = [
  ...['hello', 'ping', 'ack', 'ping-request', 'indirect-ack', 'updates', 'gone', 'veto', 'digest', 'delta'],
  ...['want', 'goodbye', 'goodbye-ack', 'last', 'standing'],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((type) => `item-${type}`),
  ...['messages-2', 'messages-3'],
]

describe('bad frames', () => {
  it('of every kind hurt no member, and change no view without a hello', async () => {
    const corpus = await record()
    expect(corpus.kinds).toEqual(expect.arrayContaining(kinds))
    const rig = new MemberRig(SEED, corpus)
    await rig.run(FRAMES)
    const { message, items, counters, unauthenticated } = rig.totals
    // Many of them are good enough to get through.
    expect(message).toBeGreaterThan(FRAMES / 20)
    expect(items).toBeGreaterThan(FRAMES / 5)
    expect(unauthenticated).toBeGreaterThan(FRAMES / 50)
    expect(counters['unknown-items']).toBeGreaterThan(0)
    expect(counters['internal-errors']).toBeUndefined()
  })

  it('over real connections hurt nobody either', async () => {
    expect(await fuzzLive({ frames: LIVE_FRAMES, seed: SEED })).toEqual([])
  })
})

describe('what a stranger says', () => {
  it('is read as the member reads it, so that none says a good hello by broken bytes', () => {
    const texts = ['a', 'b'.repeat(200), 'c'.repeat(70_000)].map((text) => Buffer.from(text))
    const bytes = Buffer.concat([upgrade, ...texts.map(webSocketFrame)])
    expect(payloads(bytes)).toEqual(texts)
    expect(payloads(bytes.subarray(0, -1))).toEqual(texts.slice(0, 2))
    const masked = Buffer.concat([upgrade, Buffer.of(0x82, 0x83, 1, 2, 3, 4, 0x60, 0x60, 0x60)])
    expect(payloads(masked)).toEqual([Buffer.from('abc')])
    expect(payloads(upgrade.subarray(0, 20))).toEqual([])
  })
})

describe('the command line of npm run fuzz', () => {
  it('has defaults, and refuses what is no number', () => {
    expect(readOptions(['--seed', '7', '--live'], () => 1)).toEqual({
      ...{ type: 'run', frames: 100_000, seed: 7, isLive: true },
    })
    expect(readOptions([], () => 1)).toMatchObject({ seed: 1, isLive: false })
    expect(() => readOptions(['--frames', '0'], () => 1)).toThrow(/--frames must be/)
    expect(() => readOptions(['--seed', 'x'], () => 1)).toThrow(/--seed must be/)
  })
})
