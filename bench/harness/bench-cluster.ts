// A cluster that is measured: members in processes of their own at a site, and what all of them can be asked.
import { setTimeout as pause } from 'node:timers/promises'
import { agreedSince } from './agreement.ts'
import { BenchProcess } from './bench-process.ts'
import { nowMs } from './clock.ts'
import type { Condition, LoggedEvent, LoggedView, Standing } from './messages.ts'
import { type Place, SERVICE, type Site } from './site.ts'

const FORM_TIMEOUT_MS = 60_000
/** How often the members are asked for their views once each of them sees the right number. */
const ASK_AGAIN_MS = 100

/** A member: its name, its place and its process. */
export interface BenchMember {
  readonly name: string
  readonly place: Place
  readonly process: BenchProcess
}

/** An event with the member that was told it. */
export type ToldEvent = LoggedEvent & { readonly toldTo: string }

/** What became of a watch that several members keep. */
export interface Outcome {
  /** When the last of them saw the condition met; the end of waiting if one never did. */
  readonly atMs: number
  /** Names of those that did not see it in time. */
  readonly missing: readonly string[]
}

export class BenchCluster {
  readonly site: Site
  /** Members have a shared key. */
  readonly keyed: boolean
  readonly #members = new Map<string, BenchMember>()

  constructor(site: Site, keyed = false) {
    this.site = site
    this.keyed = keyed
  }

  /** Starts `size` members and waits until they agree. */
  static async form(site: Site, size: number, keyed = false): Promise<BenchCluster> {
    const cluster = new BenchCluster(site, keyed)
    const names = Array.from({ length: size }, (_, index) => `m-${index}`)
    const members = await Promise.all(names.map(async (name) => cluster.spawn(name, await site.place())))
    for (const member of members) cluster.admit(member)
    await cluster.publish()
    await Promise.all(members.map((member) => cluster.join(member)))
    await cluster.whole()
    return cluster
  }

  get members(): readonly BenchMember[] {
    return [...this.#members.values()]
  }

  /** All but one. */
  others(member: { readonly name: string }): readonly BenchMember[] {
    return this.members.filter(({ name }) => name !== member.name)
  }

  /** Starts a process that has loaded everything and waits to be told to join; it is no member yet. */
  async spawn(name: string, place: Place): Promise<BenchMember> {
    const process = new BenchProcess('member.mjs', [], place.prefix)
    await process.ready
    return { name, place, process }
  }

  /** Counts a process as one of this cluster, in place of an earlier one of its name. */
  admit(member: BenchMember): void {
    this.#members.set(member.name, member)
  }

  /** No longer counts it. */
  dismiss(member: BenchMember): void {
    this.#members.delete(member.name)
  }

  /** Makes DNS list the members, and these addresses. */
  async publish(more: readonly Place[] = []): Promise<void> {
    const places = [...this.members.map(({ place }) => place), ...more]
    await this.site.dns.publish(places.map(({ advertised }) => advertised))
  }

  /** Calls `join` in a member; resolves with the time of the call. */
  async join({ name, place, process }: BenchMember): Promise<number> {
    const { atMs } = await process.request<{ atMs: number }>('join', {
      name,
      host: place.host,
      advertise: place.advertised,
      ...(this.keyed ? { security: 'key' } : this.site.loopback ? {} : { security: 'none' }),
      service: SERVICE,
      dnsServer: this.site.dns.server,
    })
    return atMs
  }

  /** Sets a watch in each of these members; the outcome is taken when `wait` is called. */
  async watch(watchers: readonly BenchMember[], condition: Condition): Promise<Watch> {
    const set = watchers.map(async ({ name, process }) => ({
      name,
      met: (await process.watch(condition)).met,
    }))
    return new Watch(await Promise.all(set))
  }

  /** When all members came to hold one view with all of them alive, or why not. */
  async agreement(timeoutMs: number): Promise<Outcome> {
    const deadline = nowMs() + timeoutMs
    const { members } = this
    const counted = await this.watch(members, { type: 'alive', count: members.length })
    const { missing } = await counted.wait(timeoutMs)
    while (missing.length === 0 && nowMs() < deadline) {
      const logs = await Promise.all(
        members.map(({ process }) => process.request<{ views: LoggedView[] }>('views')),
      )
      const atMs = agreedSince(
        logs.map(({ views }) => views),
        members.length,
      )
      if (atMs !== undefined) return { atMs, missing }
      await pause(ASK_AGAIN_MS)
    }
    return { atMs: nowMs(), missing: missing.length > 0 ? missing : ['one view'] }
  }

  /** Waits until all members agree that all are alive; throws, with how they stand, if they do not. */
  async whole(): Promise<void> {
    const { missing } = await this.agreement(FORM_TIMEOUT_MS)
    if (missing.length > 0) throw new Error(`the cluster does not become whole:\n${await this.standing()}`)
  }

  /** Everything the members were told since this was last asked, oldest first. */
  async takeEvents(): Promise<ToldEvent[]> {
    const told = await Promise.all(
      this.members.map(async ({ name: toldTo, process }) => {
        const { events } = await process.request<{ events: LoggedEvent[] }>('events')
        return events.map((event) => ({ ...event, toldTo }))
      }),
    )
    return told.flat().sort((a, b) => a.atMs - b.atMs)
  }

  /** How each member stands, in words. */
  async standing(): Promise<string> {
    const lines = this.members.map(async ({ name, process }) => {
      const { text, view, links } = await process.request<Standing>('standing')
      const states = view.members.map((member) => `${member.name}=${member.state}`).join(' ')
      return `${name} (view ${view.id}, ${links.length} links): ${states}. ${text}`
    })
    return (await Promise.all(lines)).join('\n')
  }

  /** Ends all members. */
  async kill(): Promise<void> {
    await Promise.all(this.members.map(({ process }) => process.kill()))
    this.#members.clear()
  }
}

/** A watch that several members keep. */
export class Watch {
  readonly #set: readonly { readonly name: string; readonly met: Promise<number> }[]

  constructor(set: readonly { readonly name: string; readonly met: Promise<number> }[]) {
    this.#set = set
  }

  /** Waits until all have seen it, at most this long. */
  async wait(timeoutMs: number): Promise<Outcome> {
    const times = new Map<string, number>()
    const all = this.#set.map(async ({ name, met }) => times.set(name, await met))
    const over = new AbortController()
    const timeout = pause(timeoutMs, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([Promise.all(all), timeout])
    over.abort()
    const missing = this.#set.filter(({ name }) => !times.has(name)).map(({ name }) => name)
    return { atMs: missing.length > 0 ? nowMs() : Math.max(...times.values()), missing }
  }
}
