import { afterEach, describe, expect, it } from 'vitest'
import type { MembershipCore } from '../../src/core/core.ts'
import type { Quorum } from '../../src/core/quorum.ts'
import type { UnreachedAddress } from '../../src/core/unreached-address.ts'
import type { Cluster, SeedSnapshot } from '../../src/index.ts'
import { ReadinessKeeper } from '../../src/shell/readiness.ts'
import { Clusters } from './clusters.ts'
import { FakeCore } from './fake-core.ts'
import { until } from './sockets.ts'

const answers = { nobody: { seeds: [] }, some: { seeds: [{ address: '10.0.0.1' }] } }
const majority: Quorum = { state: 'majority', basis: 'given', expected: 3, present: 3 }
const minority: Quorum = { state: 'minority', basis: 'given', expected: 3, present: 1 }

/** A member in hand-made circumstances and time. */
class Circumstances {
  now = 1_000_000
  snapshot: SeedSnapshot | undefined = answers.some
  isolated = false
  quorum: Quorum = { state: 'unknown', basis: 'learnt', expected: 1, present: 1 }
  linkedAt: number | undefined
  unreached: UnreachedAddress['why'][] = []
  listed = 0
  leaving = false
  readonly timers = new Set<{ readonly run: () => void; readonly at: number }>()
  readonly keeper: ReadinessKeeper

  constructor(change: Partial<Circumstances> = {}) {
    const world = this
    const fake = new FakeCore()
    const core = {
      get view() {
        return { ...fake.view, self: { ...fake.view.self, leaving: world.leaving } }
      },
      get isolated() {
        return world.isolated
      },
      get quorum() {
        return world.quorum
      },
      links: () => (world.linkedAt === undefined ? [] : [{ openedAt: world.linkedAt }]),
      unreached: () => world.unreached.map((why) => ({ address: '10.0.0.9:1', name: undefined, why })),
      listed: () => ({ addresses: world.listed, reached: 0 }),
    } as unknown as MembershipCore
    const seeds = {
      get snapshot() {
        return world.snapshot
      },
    }
    const platform = {
      now: () => world.now,
      toEpochMs: (time: number) => time,
      setTimer(run: () => void, delayMs: number) {
        const timer = { run, at: world.now + delayMs }
        world.timers.add(timer)
        return timer
      },
      clearTimer: (timer: object | undefined) => void world.timers.delete(timer as never),
    }
    this.keeper = new ReadinessKeeper({ core, seeds, platform })
    this.change(change)
  }

  /** Changes what is so, as of now. */
  change(change: Partial<Circumstances>): this {
    Object.assign(this, change)
    this.keeper.look()
    return this
  }

  after(ms: number): this {
    const end = this.now + ms
    for (;;) {
      const next = [...this.timers].sort((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > end) break
      this.timers.delete(next)
      this.now = next.at
      next.run()
    }
    this.now = end
    return this
  }

  reason(allowMinority = false): string {
    const { ready, reason, text } = this.keeper.readiness(allowMinority, undefined)
    expect(ready).toBe(reason === 'ready')
    expect(text).toMatch(/\.$/)
    return reason
  }
}

describe('a member that starts', () => {
  it('is not ready before the seeds have given an answer, however long that takes', () => {
    const problem = { type: 'server-failed', message: 'DNS fails.' }
    const starting = new Circumstances({ snapshot: undefined })
    expect(starting.after(60_000).reason()).toBe('not-joined')
    starting.change({ snapshot: { seeds: [], problem } })
    expect(starting.after(60_000).keeper.readiness(false, undefined).text).toBe('DNS fails.')
  })

  it('waits two seconds for others that may start with it when only itself is listed', () => {
    const first = new Circumstances()
    expect(first.after(1999).reason()).toBe('not-joined')
    expect(first.after(1).reason()).toBe('ready')
  })

  it('waits ten seconds when nobody is listed, as before the first pod is ready', () => {
    for (const snapshot of [answers.nobody, { seeds: [], problem: { type: 'no-such-name', message: 'x' } }]) {
      const first = new Circumstances({ snapshot })
      expect(first.after(9999).reason()).toBe('not-joined')
      expect(first.after(1).reason()).toBe('ready')
    }
  })

  it('is ready once a peer has told of the others, and each of those was tried', () => {
    const joining = new Circumstances({ listed: 2, unreached: ['pending', 'pending'] })
    expect(joining.reason()).toBe('not-joined')
    joining.after(100).change({ linkedAt: joining.now, unreached: ['pending'] })
    expect(joining.after(600).reason()).toBe('not-joined')
    joining.change({ unreached: ['timeout'] })
    expect(joining.reason()).toBe('ready')
  })

  it('gives its first peer the time to tell of the others', () => {
    const joining = new Circumstances({ listed: 1 })
    joining.change({ linkedAt: joining.now })
    expect(joining.after(499).reason()).toBe('not-joined')
    expect(joining.after(1).reason()).toBe('ready')
  })

  it('joins without being asked, and sets no timer from then on', () => {
    const joining = new Circumstances({ listed: 1 })
    joining.change({ linkedAt: joining.now }).after(1000)
    expect(joining.timers.size).toBe(0)
    expect(joining.change({ quorum: minority }).after(4999).reason()).toBe('ready')
    expect(joining.after(1).reason()).toBe('minority')
  })

  it('sets no timer once it has ended', () => {
    const joining = new Circumstances({ listed: 1 })
    expect(joining.timers.size).toBe(1)
    joining.keeper.end()
    expect(joining.timers.size).toBe(0)
    expect(joining.change({ listed: 2 }).timers.size).toBe(0)
  })

  it('does not wait for ever for listed addresses where nobody lives', () => {
    const first = new Circumstances({ listed: 2, unreached: ['refused', 'refused'], isolated: true })
    expect(first.after(9999).reason()).toBe('not-joined')
    expect(first.after(1).reason()).toBe('ready')
  })

  it('is isolated, not ready, when those listed do not even refuse', () => {
    const cut = new Circumstances({ listed: 2, unreached: ['timeout', 'refused'], isolated: true })
    expect(cut.after(10_000).reason()).toBe('isolated')
    expect(cut.reason(true)).toBe('ready')
  })

  it('is never ready for a moment before it is in a minority', () => {
    const first = new Circumstances({ quorum: minority })
    expect(first.after(2000).reason()).toBe('minority')
    expect(first.keeper.readiness(false, undefined).text).toBe('1 of 3 members expected are here.')
    expect(first.reason(true)).toBe('ready')
    expect(first.change({ quorum: majority }).reason()).toBe('ready')
  })
})

describe('a member that was ready', () => {
  function ready(change: Partial<Circumstances> = {}): Circumstances {
    const member = new Circumstances(change).after(2000)
    expect(member.reason()).toBe('ready')
    return member
  }

  it('stays so when more addresses are listed, or none', () => {
    const one = ready()
    expect(one.change({ listed: 3, unreached: ['pending'] }).reason()).toBe('ready')
    expect(one.change({ snapshot: answers.nobody, listed: 0 }).reason()).toBe('ready')
  })

  it('does not flap when a peer pauses, and is not ready once a minority has lasted', () => {
    const one = ready({ quorum: majority })
    expect(one.change({ quorum: minority }).after(4999).reason()).toBe('ready')
    expect(one.change({ quorum: majority }).change({ quorum: minority }).after(4999).reason()).toBe('ready')
    one.change({ isolated: true })
    expect(one.after(1).reason()).toBe('isolated')
    expect(one.change({ isolated: false }).reason()).toBe('minority')
    expect(one.change({ quorum: majority }).reason()).toBe('ready')
  })

  it('stays so as the last of those expected, though the others are still listed', () => {
    const last = ready({ quorum: { ...majority, expected: 1, present: 1 } })
    last.change({ isolated: true, listed: 1, unreached: ['timeout'] })
    expect(last.after(60_000).reason()).toBe('ready')
  })

  it('hands over from the announcement on, and has not joined once it is closed', () => {
    const leaving = ready()
    leaving.change({ leaving: true })
    expect(leaving.reason()).toBe('handing-over')
    for (const closed of ['left', 'superseded'] as const) {
      const readiness = leaving.keeper.readiness(false, closed)
      expect(readiness).toMatchObject({ ready: false, reason: 'not-joined' })
      expect(Object.isFrozen(readiness)).toBe(true)
    }
  })
})

describe('readiness of a real cluster', () => {
  const clusters = new Clusters()
  afterEach(() => clusters.leave())

  it('comes with the others, and goes with the announcement that a member leaves', async () => {
    const members = (await clusters.form(3)) as [Cluster, Cluster, Cluster]
    for (const each of members) await until('it is ready', () => each.readiness().ready)
    const [first] = members
    first.beforeGoodbye(() => expect(first.readiness().reason).toBe('handing-over'))
    await first.leave()
    expect(first.readiness()).toEqual({
      ...{ ready: false, reason: 'not-joined' },
      text: 'Closed: this member has left.',
    })
  })

  it('needs a majority of the expected size, if not told otherwise', async () => {
    const address = '127.0.0.1:7946'
    const one = await clusters.join({ expectedSize: 3, seeds: async () => [address], advertise: address })
    await until('the seeds have answered', () => one.readiness().reason !== 'not-joined')
    expect(one.readiness().reason).toBe('minority')
    expect(one.readiness({ allowMinority: true }).ready).toBe(true)
  })

  it('refuses wrong options', async () => {
    const one = await clusters.join()
    expect(() => one.readiness({ minority: true } as never)).toThrow(/option minority/)
    expect(() => one.readiness({ allowMinority: 1 as never })).toThrow(
      /allowMinority: expected true or false/,
    )
  })
})
