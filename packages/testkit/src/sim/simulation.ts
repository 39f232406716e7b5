// What can happen to a simulated cluster, as verbs: faults, and calls of the application. The same seed and the same
// verbs give the same run, event for event.
import type { Input } from '@rollcall/membership/internal'
import type { Cut } from './routes.ts'
import { SimCluster } from './sim-cluster.ts'
import type { SimMember } from './sim-member.ts'
import type { SimulationOptions } from './simulation-options.ts'

/** A simulated cluster. */
export class Simulation extends SimCluster {
  constructor(options: SimulationOptions) {
    super(options)
    this.watchWith((options.checks ?? []).map((make) => make(this)))
  }

  /**
   * Kills a process. Its kernel resets its connections and refuses dials; with `address: 'vanishes'` nobody answers
   * there afterwards, with `'vanishes-first'` (a lost node) even the resets do not get out.
   */
  kill(label: string, options: { address?: 'stays' | 'vanishes' | 'vanishes-first' } = {}): void {
    const member = this.member(label)
    const { address = 'stays' } = options
    this.transcript.step(this.clock.now, label, `killed, address ${address}`)
    member.killed ??= address
    if (address === 'vanishes-first') this.#removeHost(member)
    member.process.kill()
    if (address === 'vanishes') this.#removeHost(member)
    this.unlist(member)
  }

  /** Stops a process in its tracks (SIGSTOP); with `forMs`, until then. */
  freeze(label: string, forMs?: number): void {
    const member = this.member(label)
    if (member.process.loop.state !== 'running') return
    this.transcript.step(this.clock.now, label, forMs === undefined ? 'frozen' : `frozen for ${forMs} ms`)
    member.process.loop.freeze()
    const stall = { from: this.clock.now, until: Number.POSITIVE_INFINITY, lateMs: Number.POSITIVE_INFINITY }
    member.stalls.push(stall)
    if (forMs === undefined) return
    this.clock.after(forMs, () => {
      if (member.stalls.at(-1) === stall) this.#thaw(member)
    })
  }

  /** Lets a frozen process go on. */
  thaw(label: string): void {
    this.#thaw(this.member(label))
  }

  /** Makes all messages of a process wait for `forMs`, in and out, while its timers run on. */
  holdMessages(label: string, forMs: number): void {
    const { process, stalls } = this.member(label)
    this.transcript.step(this.clock.now, label, `messages held for ${forMs} ms`)
    stalls.push({ from: this.clock.now, until: this.clock.now + forMs, lateMs: Number.POSITIVE_INFINITY })
    process.holdMessages()
    this.clock.after(forMs, () => process.releaseMessages())
  }

  /** Makes a process late with everything by about `lateMs`, for `forMs`. */
  slow(label: string, lateMs: number, forMs: number): void {
    const member = this.member(label)
    const random = this.random.stream(`${label} slow ${this.clock.now}`)
    this.transcript.step(this.clock.now, label, `late by ${lateMs} ms for ${forMs} ms`)
    const lateness = () => random.between(lateMs / 2, lateMs)
    member.process.loop.lateness = lateness
    member.stalls.push({ from: this.clock.now, until: this.clock.now + forMs + lateMs, lateMs })
    this.clock.after(forMs, () => {
      if (member.process.loop.lateness === lateness) member.process.loop.lateness = undefined
    })
  }

  /** Stops packets between some members and others (default: all others), or only those from the first. */
  cut(group: readonly string[], others?: readonly string[], options: { isOneWay?: boolean } = {}): Cut {
    const ipOf = (label: string) => this.member(label).process.host.ip
    const how = options.isOneWay ? 'cut, outgoing only, from' : 'cut from'
    this.transcript.step(this.clock.now, group.join(' '), `${how} ${others?.join(' ') ?? 'all others'}`)
    return this.network.cut(group.map(ipOf), others?.map(ipOf), options.isOneWay)
  }

  /** Takes a cut away, or all of them. */
  heal(cut?: Cut): void {
    this.transcript.step(this.clock.now, '*', cut ? `healed ${[...cut.from].join(' ')}` : 'healed all')
    for (const each of cut ? [cut] : [...this.network.routes.cuts]) this.network.heal(each)
  }

  /** Resets all connections of a live process at once, as a proxy in between can. */
  resetLinks(label: string): void {
    this.transcript.step(this.clock.now, label, 'all links reset')
    const member = this.member(label)
    member.tornAt.push(this.clock.now)
    member.process.resetLinks()
  }

  /** Other credentials count for a member now: none of its links was made with one of them. */
  outdateLinks(label: string): void {
    const member = this.member(label)
    this.transcript.step(this.clock.now, label, 'all links outdated')
    const { process } = member
    const read = () => process.input({ type: 'credentials-changed', outdated: process.openLinks() })
    process.loop.readable({ read })
  }

  /** The application is about to leave, and says so. */
  announceLeaving(label: string): void {
    const member = this.member(label)
    this.transcript.step(this.clock.now, label, 'is about to leave')
    const read = () => {
      member.announcedAt ??= this.clock.now
      member.process.input({ type: 'announce-leaving' })
    }
    member.process.loop.readable({ read })
  }

  /** The application leaves. */
  leave(label: string, timeoutMs = 5000): void {
    const member = this.member(label)
    this.transcript.step(this.clock.now, label, 'leaves')
    const read = () => {
      member.leaveAt ??= this.clock.now
      member.process.input({ type: 'leave', timeoutMs })
      this.unlist(member)
    }
    member.process.loop.readable({ read })
  }

  /** The application replaces its metadata. */
  setMetadata(label: string, metadata: Uint8Array): void {
    const member = this.member(label)
    const what = metadata.length > 8 ? `of ${metadata.length} bytes` : metadata.join(',')
    this.transcript.step(this.clock.now, label, `metadata ${what}`)
    this.call(member, { type: 'set-metadata', metadata })
  }

  /** The application of a member calls: when its process next runs. */
  call(member: SimMember, input: Input): void {
    if (input.type === 'set-metadata')
      this.largestMetadata = Math.max(this.largestMetadata, input.metadata.length)
    member.process.loop.readable({ read: () => member.process.input(input) })
  }

  /** The application says how many members there should be. */
  setExpectedSize(label: string, size: number): void {
    const member = this.member(label)
    this.transcript.step(this.clock.now, label, `expects ${size}`)
    const read = () => {
      member.expectedSize = size
      member.process.input({ type: 'set-expected-size', size })
    }
    member.process.loop.readable({ read })
  }

  /** The application says that a member is gone for good; nothing happens unless it holds that one failed or left. */
  forget(label: string, name: string): void {
    const member = this.member(label)
    this.transcript.step(this.clock.now, label, `forgets ${name}`)
    this.call(member, { type: 'forget', name })
  }

  /** Kills the process if it runs, and starts a new one of the same name. */
  restart(label: string, options: { sameAddress?: boolean; clockBackMs?: number } = {}): SimMember {
    const old = this.member(label)
    const { sameAddress = false, clockBackMs = 0 } = options
    if (old.process.loop.state !== 'dead') this.kill(label, { address: sameAddress ? 'stays' : 'vanishes' })
    const oldIp = old.process.host.ip
    const ip = sameAddress ? oldIp : this.newIp()
    if (!sameAddress) this.network.inheritCuts(ip, oldIp)
    return this.addMember(old.name, { label, ip, clockBackMs, cluster: old.cluster })
  }

  #thaw(member: SimMember): void {
    const { loop } = member.process
    if (loop.state !== 'frozen') return
    this.transcript.step(this.clock.now, member.label, 'thawed')
    const stall = member.stalls.findLast((each) => each.until === Number.POSITIVE_INFINITY)
    if (stall) stall.until = this.clock.now
    loop.thaw()
  }

  #removeHost(member: SimMember): void {
    const { host } = member.process
    if (!host.isGone) this.network.removeHost(host)
  }
}
