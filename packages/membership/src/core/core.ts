// The protocol as a deterministic state machine: one input with its time goes in, outputs come out, and `wakeAt`
// says when it wants to be woken. No I/O, no timers, no clock, no randomness of its own. This file wires the parts
// and routes the inputs; every rule stands in a part.
import type { CoreCertificate } from './certificate.ts'
import { CoreParts } from './core-parts.ts'
import { earliest } from './deadline.ts'
import type { Unreached } from './exceptions.ts'
import type { Address, Life, Millis } from './identity.ts'
import type { Input, LinkId } from './input.ts'
import { dialConnected, dialFailed, heardLink, linkClosed, linkOpened } from './link-events.ts'
import { forgetMember } from './member-events.ts'
import type { CoreOptions } from './options.ts'
import type { Output } from './output.ts'
import { protocolFault } from './protocol-fault.ts'
import type { Quorum } from './quorum.ts'
import { receiveFrame } from './receive-frame.ts'
import type { UnreachedAddress } from './unreached-address.ts'
import type { CoreView } from './view.ts'

/** One open link to a member, for people who look. */
export interface LinkInfo {
  readonly peer: Life
  readonly address: Address | undefined
  readonly dialedByUs: boolean
  readonly openedAt: Millis
  /** Smoothed round-trip time in ms; undefined until the first ack. */
  readonly rttMs: number | undefined
}

/** One member's protocol. Same options, same inputs and times: same outputs. */
export interface MembershipCore {
  /** Takes one input; all outputs must be performed before the next input. */
  handle(input: Input, now: Millis): Output[]
  /** When the core wants a `wake` input, or undefined for never. Read again after each handle(). */
  readonly wakeAt: Millis | undefined
  /** The same object until something visible changes. */
  readonly view: CoreView
  /** Nobody is heard although others are known or listed. */
  readonly isolated: boolean
  /** Whether more than half of the expected members are here; the same object until it changes. */
  readonly quorum: Quorum
  /** Alone, isolated, or addresses are listed that nobody known has failed at and that are unreached: look seeds up often. */
  readonly urgent: boolean
  links(): LinkInfo[]
  unreached(): UnreachedAddress[]
  /** Addresses that the seeds list, own ones not counted, and how many of them are reached. */
  listed(): { readonly addresses: number; readonly reached: number }
  /** Members that cannot reach others, this one first, as far as they have told us. */
  exceptions(): Unreached[]
  /** Why a member stands as it does; undefined for a name that is not in the view. */
  explain(name: string): CoreCertificate | undefined
  /** Totals since the start, by name: frames ignored, links refused by code, dials … */
  readonly counters: Readonly<Record<string, number>>
}

/** A stall this long is held against ourselves. */
const STALL_MS = 500

/**
 * Creates a core that starts at `now`.
 *
 * @throws RangeError when no core can run with such a protocol: a value is no number or too small, or two contradict
 * each other. `join` refuses the same, as an OptionError.
 */
export function createCore(options: CoreOptions, now: Millis): MembershipCore {
  const fault = protocolFault(options.protocol ?? {})
  if (fault !== undefined) {
    const { option, expected, value } = fault
    throw new RangeError(`protocol.${option}: expected ${expected}, got ${value}`)
  }
  return new Core(new CoreParts(options, now))
}

class Core implements MembershipCore {
  readonly #parts: CoreParts
  /** Lived time at which `drain` was asked for; deadlines up to it are judged on `drained`. */
  #drainedUpTo: Millis | undefined
  #wakeAt: Millis | undefined

  constructor(parts: CoreParts) {
    this.#parts = parts
    this.#wakeAt = parts.clock.now
  }

  get wakeAt(): Millis | undefined {
    return this.#wakeAt
  }

  get view(): CoreView {
    return this.#parts.table.view
  }

  get isolated(): boolean {
    return this.#parts.isolation.isolated
  }

  get quorum(): Quorum {
    return this.#parts.quorum.quorum
  }

  get urgent(): boolean {
    const { table, isolation, reach } = this.#parts
    return table.presentCount < 2 || isolation.isolated || reach.hasUnreachedSeed
  }

  get counters(): Readonly<Record<string, number>> {
    return this.#parts.outbox.counters
  }

  links(): LinkInfo[] {
    const infos: LinkInfo[] = []
    for (const link of this.#parts.links.currents()) {
      if (link.peer === undefined) continue
      infos.push({
        peer: link.peer,
        address: link.address,
        dialedByUs: link.dialed,
        openedAt: link.since,
        rttMs: link.roundTrip.smoothedMs,
      })
    }
    return infos
  }

  unreached(): UnreachedAddress[] {
    return this.#parts.reach.unreached()
  }

  listed(): { readonly addresses: number; readonly reached: number } {
    const { listed: addresses, reached } = this.#parts.reach
    return { addresses, reached }
  }

  exceptions(): Unreached[] {
    return [...this.#parts.exceptions.all()]
  }

  explain(name: string): CoreCertificate | undefined {
    const { table, evidence } = this.#parts
    const entry = table.get(name)
    return entry === undefined || entry.forgotten ? undefined : evidence.certificate(entry)
  }

  handle(input: Input, now: Millis): Output[] {
    const { clock, farewell, health, outbox } = this.#parts
    if (farewell.stopped) return []
    if (this.#wakeAt !== undefined && now - this.#wakeAt > STALL_MS) health.worsen(1)
    clock.advance(now, this.#wakeAt)
    this.#parts.vouching.check()
    this.#route(input)
    this.#parts.isolation.update()
    if (!farewell.stopped) this.#runTimers()
    if (!farewell.stopped) this.#parts.quorum.update()
    if (!farewell.stopped) this.#parts.routes.tell()
    this.#wakeAt = farewell.stopped ? undefined : this.#nextWake()
    return outbox.take(() => this.view)
  }

  #route(input: Input): void {
    const parts = this.#parts
    switch (input.type) {
      case 'seeds':
        parts.reach.setSeeds(input.addresses)
        return
      case 'dial-connected':
        dialConnected(parts, input.link)
        return
      case 'dial-failed':
        dialFailed(parts, input.link, input.why)
        return
      case 'link-opened':
        linkOpened(parts, input.link)
        return
      case 'link-closed':
        linkClosed(parts, input.link, input.end)
        return
      case 'frame':
        receiveFrame(parts, input.link, input.message)
        return
      case 'unknown-frame':
        this.#unknownFrame(input.link)
        return
      case 'heard':
        this.#heard(input.link)
        return
      case 'credentials-changed':
        parts.renewals.changed(input.outdated)
        return
      case 'wake':
        return
      case 'drained':
        this.#judge()
        return
      case 'set-metadata':
        parts.self.restate({ metadata: input.metadata })
        return
      case 'set-expected-size':
        parts.quorum.setExpectedSize(input.size)
        return
      case 'forget':
        forgetMember(parts, input.name)
        return
      case 'announce-leaving':
        parts.farewell.announce()
        return
      case 'leave':
        parts.farewell.begin(input.timeoutMs)
    }
  }

  #unknownFrame(id: LinkId): void {
    const link = this.#parts.links.get(id)
    this.#parts.outbox.count('unknown-frames')
    if (link !== undefined) heardLink(this.#parts, link)
  }

  #heard(id: LinkId): void {
    const link = this.#parts.links.get(id)
    if (link?.phase === 'up' || link?.phase === 'retiring') heardLink(this.#parts, link)
  }

  /** Real-time work that is due; deadlines in lived time only ask for a drain here. */
  #runTimers(): void {
    const { prober, exceptions, introductions, addressCheck, deathWatch, farewell, dials } = this.#parts
    const { self, links, clock, outbox, reaper, vetoes, isPlainSwim } = this.#parts
    if (clock.now >= prober.nextTickAt) {
      // Who is turned away because of another life of its name has no links, and accuses nobody for that.
      prober.tick(self.rival === undefined || links.currentCount > 0)
      reaper.tick()
      exceptions.tick()
    }
    introductions.tick()
    addressCheck.tick()
    deathWatch.tick()
    vetoes.tick()
    farewell.tick()
    dials.pump()
    const deadline = this.#nextDeadline()
    if (this.#drainedUpTo === undefined && deadline !== undefined && deadline <= clock.lived) {
      this.#drainedUpTo = clock.lived
      if (isPlainSwim) this.#judge()
      else outbox.push({ type: 'drain' })
    }
  }

  /** Everything that had arrived has been read: what is overdue now is really overdue. */
  #judge(): void {
    const cutoff = this.#drainedUpTo
    if (cutoff === undefined) return
    this.#drainedUpTo = undefined
    const { prober, relays, accusations, disputes, contests, greeting, isolation, renewals } = this.#parts
    isolation.judge(cutoff)
    relays.judge(cutoff)
    prober.judge(cutoff)
    accusations.judge(cutoff)
    disputes.judge(cutoff)
    contests.judge(cutoff)
    greeting.judge(cutoff)
    renewals.judge(cutoff)
  }

  #nextDeadline(): Millis | undefined {
    const { prober, relays, accusations, disputes, contests, greeting, isolation, renewals } = this.#parts
    return earliest(
      prober.nextDeadline,
      relays.nextDeadline,
      accusations.nextDeadline,
      disputes.nextDeadline,
      contests.nextDeadline,
      greeting.nextDeadline,
      isolation.nextDeadline,
      renewals.nextDeadline,
    )
  }

  #nextWake(): Millis | undefined {
    const { prober, introductions, addressCheck, deathWatch, vetoes, farewell, clock, dials } = this.#parts
    const deadline = this.#drainedUpTo === undefined ? this.#nextDeadline() : undefined
    const lived = deadline === undefined ? undefined : clock.wakeFor(deadline)
    return earliest(
      prober.nextTickAt,
      introductions.nextAt,
      addressCheck.nextAt,
      deathWatch.nextAt,
      vetoes.nextAt,
      farewell.nextAt,
      dials.nextAt,
      lived,
    )
  }
}
