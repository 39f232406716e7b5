// A cluster of processes, one member of which is flooded with connections that come to nothing; meanwhile another member joins.
import type { Security } from '@rollcall/membership'
import type { Attack, AttackResult, Left } from './attacker.ts'
import { Helper } from './helper.ts'
import type { MemberOptions, MemberState } from './member.ts'

/** What to do to a cluster. */
export interface FloodOptions {
  readonly members: number
  readonly left: Left
  readonly connections: number
  readonly perSecond: number
  readonly sources: number
  readonly security?: Security | undefined
  /** Questions that the member answers before it is measured. Default none. */
  readonly questions?: number
}

/** How it stood the flood. */
export interface FloodResult extends AttackResult {
  /** How much more memory the flooded process had at most, in MiB. */
  readonly growthMiB: number
  /** CPU time that the flooded process took meanwhile. */
  readonly cpuMs: number
  /** How long the joins took that were begun during the flood, in ms. */
  readonly joinsMs: readonly number[]
  /** How often a member has called another suspect or failed. */
  readonly accusations: number
  /** Members that not all others hold alive at the end. */
  readonly missing: readonly string[]
  readonly counters: Readonly<Record<string, number>>
}

/** Nobody restarts the members of a cluster faster than that, one after the other. */
const BETWEEN_JOINS_MS = 400
const MEBIBYTE = 1024 * 1024

/** Floods. */
export async function flood(options: FloodOptions): Promise<FloodResult> {
  const { members, left, connections: count, perSecond, sources, security } = options
  const helpers: Helper[] = []
  const started = (file: string) => {
    const helper = new Helper(file)
    helpers.push(helper)
    return helper
  }
  try {
    const cluster = Array.from({ length: members }, () => started('./member.ts'))
    const [victim] = cluster
    if (victim === undefined) throw new RangeError('a flood needs a member')
    const common = (name: string, seeds: readonly string[]): MemberOptions => ({
      ...{ name, host: '127.0.0.1', seeds },
      ...(security === undefined ? {} : { security }),
    })
    const address = await victim.ask<string>('join', common('m-0', []))
    const rest = cluster.slice(1)
    await Promise.all(rest.map((member, i) => member.ask('join', common(`m-${i + 1}`, [address]))))
    await allAlive(cluster)
    const attacker = started('./attacker.ts')
    const newcomer = started('./member.ts')
    // A process that has done nothing yet has hardly any heap: it is measured at work.
    await rest[0]?.ask('ask', { member: 'm-0', questions: options.questions ?? 0 })
    await newcomer.ask('timeJoin', { ...common('warm-up', [address]), minMembers: members + 1 })
    await victim.ask('forgetMost')
    const before = await victim.ask<MemberState>('state')
    const attack: Attack = { host: '127.0.0.1', port: portOf(address), left, count, perSecond, sources }
    let isOver = false
    const result = attacker.ask<AttackResult>('attack', attack).finally(() => {
      isOver = true
    })
    const joinsMs: number[] = []
    for (let n = 0; !isOver || n < 1; n++) {
      const newcomerOptions = { ...common(`late-${n}`, [address]), minMembers: members + 1 }
      joinsMs.push(await newcomer.ask<number>('timeJoin', newcomerOptions))
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_JOINS_MS))
    }
    const attacked = await result
    const states = await Promise.all(cluster.map((member) => member.ask<MemberState>('state')))
    const names = cluster.map((_, i) => `m-${i}`)
    const [flooded] = states as [MemberState]
    await attacker.ask('stop')
    return {
      ...attacked,
      growthMiB: (flooded.mostRssBytes - before.rssBytes) / MEBIBYTE,
      cpuMs: flooded.cpuMs - before.cpuMs,
      joinsMs,
      accusations: states.reduce((sum, { accusations }) => sum + accusations, 0),
      missing: names.filter((name) => !states.every(({ alive }) => alive.includes(name))),
      counters: flooded.counters,
    }
  } finally {
    for (const helper of helpers) helper.stop()
  }
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1))
}

async function allAlive(cluster: readonly Helper[]): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const states = await Promise.all(cluster.map((member) => member.ask<MemberState>('state')))
    if (states.every(({ alive }) => alive.length === cluster.length)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the cluster did not form within 30 s')
}
