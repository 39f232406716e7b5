import type { Cluster, ClusterEvent, MemberState } from '@rollcall/membership'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Config, type MemberChild, type Seen, startMember } from './support/member-child.ts'
import { Members, memberOf } from './support/members.ts'
import { until } from './support/until.ts'

const members = new Members()
let here: Cluster
let others: MemberChild[]
const victims: MemberChild[] = []

beforeAll(async () => {
  here = await members.join({ name: 'here', host: '127.0.0.1', port: 0, seeds: async () => [] })
  others = await Promise.all(['there', 'elsewhere'].map((name) => start({ name })))
})
afterAll(async () => {
  await Promise.all([...victims, ...(others ?? [])].map((child) => child.process.kill()))
  await members.leave()
})

function start(config: Partial<Config> & Pick<Config, 'name'>): Promise<MemberChild> {
  return startMember({ host: '127.0.0.1', seeds: here.view.self.addresses, ...config })
}

/** A member that is about to have an accident. */
async function victim(config: Partial<Config> & Pick<Config, 'name'>): Promise<MemberChild> {
  const child = await start(config)
  victims.push(child)
  return child
}

/** What every survivor holds of a name: this process, then the others. */
function held(name: string): Seen[] {
  return [memberOf(here, name), ...others.map((other) => other.view()[name])].filter(
    (one) => one !== undefined,
  )
}

async function everywhere(name: string, state: MemberState, generation?: number): Promise<void> {
  const isThere = (one: Seen) =>
    one.state === state && (generation === undefined || one.generation === generation)
  await until(
    `${name} is ${state} everywhere`,
    () => held(name).filter(isThere).length === 1 + others.length,
    { state: () => held(name) },
  )
}

/** Keeps the events of one name that this process was told. */
function eventsOf(name: string): ClusterEvent[] {
  const events: ClusterEvent[] = []
  const keep = (event: ClusterEvent) =>
    void ('member' in event && event.member.name === name && events.push(event))
  here.on('member-joined', keep)
  here.on('member-restarted', keep)
  here.on('member-suspected', keep)
  here.on('member-recovered', keep)
  here.on('member-leaving', keep)
  here.on('member-left', keep)
  here.on('member-failed', keep)
  return events
}
const types = (events: ClusterEvent[]) => events.map(({ type }) => type)

// With the machine to itself, so that the pause is as long as it says.
describe('a member', () => {
  it('is not failed by a pause of two seconds', async () => {
    const events = eventsOf('paused')
    const paused = await victim({ name: 'paused' })
    await everywhere('paused', 'alive')
    paused.process.signal('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 2000))
    paused.process.signal('SIGCONT')
    await until('it is alive', () => memberOf(here, 'paused')?.state === 'alive')
    await everywhere('paused', 'alive', paused.generation)
    expect(types(events)).not.toContain('member-failed')
    expect(paused.said('failed')).toEqual([])
  })
})

describe.concurrent('a member among other processes', () => {
  it('is failed in all of them when it is killed', async () => {
    const events = eventsOf('killed')
    const killed = await victim({ name: 'killed' })
    await everywhere('killed', 'alive')
    await killed.process.kill()
    await everywhere('killed', 'failed')
    expect(types(events).at(0)).toBe('member-joined')
    expect(types(events).at(-1)).toBe('member-failed')
    expect(types(events)).not.toContain('member-left')
  })

  it('is suspect and then failed while it is stopped, alive when it goes on, and has accused nobody', async () => {
    const events = eventsOf('stopped')
    const stopped = await victim({ name: 'stopped' })
    await everywhere('stopped', 'alive')
    stopped.process.signal('SIGSTOP')
    await everywhere('stopped', 'failed')
    stopped.process.signal('SIGCONT')
    await everywhere('stopped', 'alive', stopped.generation)
    expect(types(events)).toEqual(['member-joined', 'member-suspected', 'member-failed', 'member-recovered'])
    expect(stopped.said('failed')).toEqual([])
  })

  it('has left in all of them after SIGTERM, and its process ends by that signal', async () => {
    const events = eventsOf('ended')
    const ended = await victim({ name: 'ended', signals: true })
    await everywhere('ended', 'alive')
    ended.process.signal('SIGTERM')
    expect(await ended.process.exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(ended.said('closed')).toEqual(['left'])
    await everywhere('ended', 'left')
    expect(types(events)).not.toContain('member-failed')
  })
})

describe.concurrent('a name that starts again', () => {
  it('at a new address replaces its killed life everywhere, and the event has that life', async () => {
    const first = await victim({ name: 'again', host: '127.0.0.1' })
    await everywhere('again', 'alive')
    const events = eventsOf('again')
    first.process.signal('SIGKILL')
    const second = await victim({ name: 'again', host: '127.0.0.1' })
    await everywhere('again', 'alive', second.generation)
    expect(second.generation).toBeGreaterThan(first.generation)
    expect(second.address).not.toBe(first.address)
    const restarted = events.filter(({ type }) => type === 'member-restarted')
    expect(restarted).toMatchObject([
      { member: { instance: second.instance }, previous: { instance: first.instance } },
    ])
  })

  it.each([
    ['was killed', 'SIGKILL', 'failed'],
    ['left', 'SIGTERM', 'left'],
  ] as const)(
    'with its clock set back an hour is newer all the same, after its life before %s',
    async (_, signal, state) => {
      const name = `clock-${state}`
      const first = await victim({ name, signals: true })
      await everywhere(name, 'alive')
      const events = eventsOf(name)
      first.process.signal(signal)
      await everywhere(name, state)
      const second = await victim({ name, clockShiftMs: -3_600_000 })
      await everywhere(name, 'alive', first.generation + 1)
      expect(second.generation).toBeLessThan(first.generation)
      await until('it knows so itself', () => second.view()[name]?.generation === first.generation + 1)
      expect(types(events).at(-1)).toBe('member-restarted')
      expect(second.said('closed')).toEqual([])
    },
  )

  it('while its old life lives supersedes that one, whose process ends by itself', async () => {
    const older = await victim({ name: 'twice', signals: true })
    await everywhere('twice', 'alive')
    const events = eventsOf('twice')
    const newer = await victim({ name: 'twice' })
    await everywhere('twice', 'alive', newer.generation)
    expect(await older.process.exited).toEqual({ code: 0, signal: null })
    expect(older.said('closed')).toEqual(['superseded'])
    expect(types(events)).toEqual(['member-restarted'])
  })

  it('with its clock set back gives way to the life that lives', async () => {
    const living = await victim({ name: 'living' })
    await everywhere('living', 'alive')
    const late = await victim({ name: 'living', clockShiftMs: -3_600_000 })
    expect(await late.process.exited).toEqual({ code: 0, signal: null })
    expect(late.said('closed')).toEqual(['superseded'])
    await everywhere('living', 'alive', living.generation)
  })
})

describe('the others', () => {
  it('were never accused', () => {
    const names = ['here', 'there', 'elsewhere']
    expect(members.accused().filter((name) => names.includes(name))).toEqual([])
    for (const other of others) {
      expect(other.said('failed').filter((said) => names.includes((said as string[])[0] as string))).toEqual(
        [],
      )
    }
  })
})
