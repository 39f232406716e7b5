import type { Cluster, MemberState } from '@rollcall/membership'
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
    { deadlineMs: 20_000, state: () => held(name) },
  )
}

/** Types of the events about one name that this process was told, so far. */
function told(name: string): string[] {
  return members.about(here, name).map(({ type }) => type)
}

const survivors = ['here', 'there', 'elsewhere']
/** Which of the survivors a process ever called failed. */
function accusedBy(child: MemberChild): unknown[] {
  return child.said('failed').filter((said) => survivors.includes((said as string[])[0] as string))
}

// With the machine to itself, so that the pause is as long as it says.
describe('a member', () => {
  it('is not failed by a pause of two seconds', async () => {
    const paused = await victim({ name: 'paused' })
    await everywhere('paused', 'alive')
    paused.process.signal('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 2000))
    paused.process.signal('SIGCONT')
    await until('it is alive', () => memberOf(here, 'paused')?.state === 'alive')
    await everywhere('paused', 'alive', paused.generation)
    expect(told('paused')).not.toContain('member-failed')
    expect(accusedBy(paused)).toEqual([])
  })
})

describe.concurrent('a member among other processes', () => {
  it('is failed in all of them when it is killed', async () => {
    const killed = await victim({ name: 'killed' })
    await everywhere('killed', 'alive')
    await killed.process.kill()
    await everywhere('killed', 'failed')
    expect(told('killed').at(0)).toBe('member-joined')
    expect(told('killed').at(-1)).toBe('member-failed')
    expect(told('killed')).not.toContain('member-left')
  })

  it('is suspect and then failed while it is stopped, alive when it goes on, and has accused nobody', async () => {
    const stopped = await victim({ name: 'stopped' })
    await everywhere('stopped', 'alive')
    stopped.process.signal('SIGSTOP')
    await everywhere('stopped', 'failed')
    stopped.process.signal('SIGCONT')
    await everywhere('stopped', 'alive', stopped.generation)
    expect(told('stopped').slice(-3)).toEqual(['member-suspected', 'member-failed', 'member-recovered'])
    expect(accusedBy(stopped)).toEqual([])
  })

  it('has left in all of them after SIGTERM, and its process ends by that signal', async () => {
    const ended = await victim({ name: 'ended', signals: true })
    await everywhere('ended', 'alive')
    ended.process.signal('SIGTERM')
    expect(await ended.process.exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(ended.said('closed')).toEqual(['left'])
    await everywhere('ended', 'left')
    expect(told('ended')).not.toContain('member-failed')
  })
})

describe.concurrent('a name that starts again', () => {
  it('at a new address replaces its killed life everywhere, and the event has that life', async () => {
    const first = await victim({ name: 'again', host: '127.0.0.1' })
    await everywhere('again', 'alive')
    first.process.signal('SIGKILL')
    const second = await victim({ name: 'again', host: '127.0.0.1' })
    await everywhere('again', 'alive', second.generation)
    expect(second.generation).toBeGreaterThan(first.generation)
    expect(second.address).not.toBe(first.address)
    const restarted = members.about(here, 'again').filter(({ type }) => type === 'member-restarted')
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
      first.process.signal(signal)
      await everywhere(name, state)
      const second = await victim({ name, clockShiftMs: -3_600_000 })
      await everywhere(name, 'alive', first.generation + 1)
      expect(second.generation).toBeLessThan(first.generation)
      await until('it knows so itself', () => second.view()[name]?.generation === first.generation + 1)
      expect(told(name).at(-1)).toBe('member-restarted')
      expect(second.said('closed')).toEqual([])
    },
  )

  it('in place and at once, with its clock set back, is newer all the same', async () => {
    const first = await victim({ name: 'in-place' })
    await everywhere('in-place', 'alive')
    await first.process.kill()
    const port = Number(first.address.split(':')[1])
    const second = await victim({ name: 'in-place', port, clockShiftMs: -3_600_000 })
    expect(second.address).toBe(first.address)
    await everywhere('in-place', 'alive', first.generation + 1)
    expect(told('in-place').at(-1)).toBe('member-restarted')
    expect(second.said('closed')).toEqual([])
  })

  it('while its old life lives supersedes that one, whose process ends by itself', async () => {
    const older = await victim({ name: 'twice', signals: true })
    await everywhere('twice', 'alive')
    const newer = await victim({ name: 'twice' })
    await everywhere('twice', 'alive', newer.generation)
    expect(await older.process.exited).toEqual({ code: 0, signal: null })
    expect(older.said('closed')).toEqual(['superseded'])
    expect(told('twice')).toEqual(['member-joined', 'member-restarted'])
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

describe.concurrent('an address', () => {
  it('that another member takes over is not taken for the one that had it', async () => {
    const first = await victim({ name: 'tenant-1' })
    await everywhere('tenant-1', 'alive')
    await first.process.kill()
    const port = Number(first.address.split(':')[1])
    const second = await victim({ name: 'tenant-2', port })
    expect(second.address).toBe(first.address)
    await everywhere('tenant-2', 'alive')
    await everywhere('tenant-1', 'failed')
    expect(told('tenant-1')).not.toContain('member-recovered')
    expect(told('tenant-1')).not.toContain('member-restarted')
  })
})

describe('the others', () => {
  it('were never accused', () => {
    expect(members.accused().filter((name) => survivors.includes(name))).toEqual([])
    for (const other of others) expect(accusedBy(other)).toEqual([])
  })
})
