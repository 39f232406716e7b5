// Large operations to other pods: a few at a time, each carried through while its bytes move.
import type { Member } from '@rollcall/membership'
import { describe, expect, it } from 'vitest'
import type { Time } from '../src/time.ts'
import { BulkLane } from '../src/wire/bulk-lane.ts'
import type { Operation } from '../src/wire/operation.ts'
import type { Transfer } from '../src/wire/transfer.ts'

const [one, other] = [
  { name: 'm-1', instance: '1' },
  { name: 'm-2', instance: '2' },
] as Member[] as [Member, Member]

const TIMEOUT_MS = 500
const MIB = 1024 * 1024

/** A lane whose transfers go on, and end, when the test says so. */
function laneInTest() {
  let now = 0
  const timers = new Set<{ at: number; run: () => void }>()
  const time = {
    now: () => now,
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
  } as unknown as Time
  const advance = async (ms: number) => {
    now += ms
    for (const timer of [...timers]) {
      if (timer.at > now || !timers.delete(timer)) continue
      timer.run()
    }
    await settle()
  }
  const begun: { member: Member; text: string; moved: () => void; end: (answer: string) => Promise<void> }[] =
    []
  const transfer: Transfer = (member, body, { signal, moved }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      const end = async (answer: string) => {
        resolve(Buffer.from(answer))
        await settle()
      }
      begun.push({ member, text: Buffer.from(body).toString(), moved, end })
    })
  const topic = { name: 'large' }
  const lane = new BulkLane({ time, topic, transfer, timeoutMs: TIMEOUT_MS, placementId: () => '' })
  const told: string[] = []
  const operation = (name: string, deadline = 5000): Operation => ({
    deadline,
    largeBytes: MIB,
    write: (to) => to.u8(name.charCodeAt(0)),
    answered: (from) => void told.push(`${name}: ${String.fromCharCode(from.u8())}`),
    failed: (error) => {
      const { code, mayHaveRun } = error as { code: string; mayHaveRun: boolean }
      told.push(`${name}: ${code ?? error} ${mayHaveRun}`)
    },
  })
  return { lane, begun, told, operation, advance }
}

async function settle() {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

const TIMED_OUT = 'ERR_ROLLCALL_REQUEST_TIMEOUT true'
const NEVER_SENT = 'ERR_ROLLCALL_BACKPRESSURE false'

describe('large operations', () => {
  it('go to each pod four at a time, in turn, and the next one when one has ended', async () => {
    const { lane, begun, told, operation } = laneInTest()
    for (const name of 'abcdef') lane.post(one, operation(name))
    lane.post(other, operation('x'))
    expect(begun.map(({ member, text }) => `${member.name} ${text.at(-1)}`)).toEqual([
      'm-1 a',
      'm-1 b',
      'm-1 c',
      'm-1 d',
      'm-2 x',
    ])
    await begun[1]?.end('1')
    expect(told).toEqual(['b: 1'])
    expect(begun.at(-1)?.text.at(-1)).toBe('e')
    for (const { end } of begun) await end('2')
    expect(told).toEqual(['b: 1', 'a: 2', 'c: 2', 'd: 2', 'x: 2', 'e: 2', 'f: 2'])
  })

  it('go as many at a time as are 4 MiB together, and no more than 12', () => {
    const { lane, begun, operation } = laneInTest()
    for (let i = 0; i < 20; i++) lane.post(one, { ...operation('a'), largeBytes: 20_000 })
    expect(begun).toHaveLength(12)
    for (let i = 0; i < 20; i++) lane.post(other, { ...operation('a'), largeBytes: 0.75 * MIB })
    expect(begun).toHaveLength(12 + 5)
  })

  it('go on for as long as their bytes move, and fail when nothing does any more', async () => {
    const { lane, begun, told, operation, advance } = laneInTest()
    for (const name of 'abcde') lane.post(one, operation(name))
    for (let i = 0; i < 6; i++) {
      begun[0]?.moved()
      await advance(TIMEOUT_MS - 1)
      if (i === 0) expect(told).toEqual([])
    }
    // Who waits for a pod that is silent to others need not find that out by itself.
    expect(told.toSorted()).toEqual([
      ...[...'bcd'].map((name) => `${name}: ${TIMED_OUT}`),
      `e: ${NEVER_SENT}`,
    ])
    await begun[0]?.end('1')
    expect(told.at(-1)).toBe('a: 1')
  })

  it('fail at their deadline, and have not been sent if they waited until then', async () => {
    const { lane, begun, told, operation, advance } = laneInTest()
    for (const name of 'abcdef') lane.post(one, operation(name, 1000))
    for (const at of [400, 800, 1000]) {
      for (const { moved } of begun) moved()
      expect(told, `before ${at}`).toEqual([])
      await advance(at - (at === 1000 ? 800 : at - 400))
    }
    expect(told.toSorted()).toEqual([
      ...[...'abcd'].map((name) => `${name}: ${TIMED_OUT}`),
      ...[...'ef'].map((name) => `${name}: ${NEVER_SENT}`),
    ])
    lane.post(one, operation('g'))
    expect(begun).toHaveLength(5)
  })

  it('end when nobody waits for them any more, be they under way or not', async () => {
    const { lane, begun, told, operation } = laneInTest()
    const all = [...'abcdef'].map((name) => operation(name))
    for (const each of all) lane.post(one, each)
    lane.cancel(one, all[4] as Operation)
    lane.cancel(one, all[0] as Operation)
    lane.cancel(other, all[1] as Operation)
    await settle()
    expect(told).toEqual([`e: ${NEVER_SENT}`, `a: ${TIMED_OUT}`])
    expect(begun.at(-1)?.text.at(-1)).toBe('f')
  })

  it('fail where an answer cannot be read', async () => {
    const { lane, begun, told, operation } = laneInTest()
    lane.post(one, operation('a'))
    await begun[0]?.end('')
    expect(told).toEqual(['a: MalformedError: it ends early undefined'])
  })
})
