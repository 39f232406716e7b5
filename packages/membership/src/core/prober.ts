// The probe cycle (SWIM, section 4): each period one other member is pinged, in shuffled round-robin. Without an
// ack in time others are asked to probe it; without any answer it is reported silent, with the time at which the
// probe was sent. Deadlines run on lived time, and are judged only after everything that arrived has been read.
import type { Sent } from './accusations.ts'
import { earliestDeadline } from './deadline.ts'
import type { EvidenceFiles } from './evidence.ts'
import type { Exceptions } from './exceptions.ts'
import type { Life, Millis } from './identity.ts'
import { sameLife } from './identity.ts'
import type { LinkId } from './input.ts'
import type { Link, LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { Entry, MemberTable } from './member-table.ts'
import { isPresent } from './member-table.ts'
import type { Outbox } from './outbox.ts'
import type { PendingPing, PingPurpose, Pings } from './pings.ts'
import { type ProbeTimeoutParts, probeTimeoutMs } from './probe-timeout.ts'
import { type Random, randomBetween, randomInt, shuffled } from './random.ts'

/** Clusters smaller than this use every other member as a helper. */
const SMALL_CLUSTER = 10

interface Probe {
  readonly life: Life
  /** What it had said of itself by then. */
  readonly incarnation: number
  readonly sentAt: Millis
  readonly sentLived: Millis
  /** Helpers alone are asked, and that nobody hears it says nothing new. */
  readonly isSecond: boolean
  stage: 'direct' | 'indirect'
  deadline: Millis
  extended: boolean
  /** Number of the ping-request. */
  requestSeq: number
  /** Helpers that have not answered yet, by name. */
  readonly waitingFor: Map<LinkId, string>
  /** Helpers that got no answer either. */
  readonly denied: string[]
}

export interface ProberParts extends ProbeTimeoutParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly pings: Pings
  readonly outbox: Outbox
  readonly exceptions: Exceptions
  readonly random: Random
  readonly evidence: EvidenceFiles
  readonly isPlainSwim: boolean
  /** Sends a ping with news on a link. */
  readonly ping: (link: Link, life: Life, purpose: PingPurpose) => PendingPing
  /** Nobody got an answer to a probe sent at this lived time. */
  readonly silent: (entry: Entry, sentLived: Millis) => void
  /** A probe was answered, to us or to a helper. */
  readonly heard: (life: Life, probe: Sent) => void
}

export class Prober {
  readonly #parts: ProberParts
  readonly #probes = new Map<string, Probe>()
  #round: string[] = []
  #nextTickAt: Millis

  constructor(parts: ProberParts) {
    this.#parts = parts
    // A random first period, so that members started together do not probe in step.
    this.#nextTickAt = parts.clock.now + randomBetween(parts.random, 0, parts.options.probeIntervalMs)
  }

  /** Real time of the next period. */
  get nextTickAt(): Millis {
    return this.#nextTickAt
  }

  /** Lived time of the next deadline. */
  get nextDeadline(): Millis | undefined {
    return earliestDeadline(this.#probes.values())
  }

  /** A period has come; `admitted`: the others take us for a member, so that our probes mean something. */
  tick(admitted: boolean): void {
    const { clock, options } = this.#parts
    // After a stall the missed periods are not made up for.
    this.#nextTickAt = Math.max(
      this.#nextTickAt + options.probeIntervalMs,
      clock.now + options.probeIntervalMs / 2,
    )
    const target = admitted ? this.#nextTarget() : undefined
    if (target !== undefined) this.#begin(target)
  }

  /** A member has come or come back: it gets a random place among those still to be probed, not the end of the queue. */
  include(name: string): void {
    if (this.#round.includes(name)) return
    this.#round.splice(randomInt(this.#parts.random, this.#round.length + 1), 0, name)
  }

  /** Asks helpers about a member that others suspect: one of them may hear what we do not. */
  askHelpers({ name }: Life): void {
    const entry = this.#parts.table.get(name)
    if (entry === undefined || !isPresent(entry) || this.#probes.has(name)) return
    this.#askOthers(this.#add(entry, true))
  }

  /** Judges deadlines up to this lived time; everything that had arrived by then has been read. */
  judge(cutoff: Millis): void {
    for (const probe of [...this.#probes.values()]) {
      if (probe.deadline > cutoff) continue
      if (probe.stage === 'direct') this.#directExpired(probe)
      else this.#failed(probe)
    }
  }

  /** A member has shown in whatever way that it lived at this lived time: an earlier probe has its answer. */
  provenAlive(life: Life, at: Millis): void {
    const probe = this.#probes.get(life.name)
    if (probe !== undefined && sameLife(probe.life, life) && at >= probe.sentLived) this.#succeeded(probe)
  }

  /** A helper's answer. */
  indirectAnswer(link: LinkId, seq: number, ok: boolean): void {
    for (const probe of this.#probes.values()) {
      const helper = probe.waitingFor.get(link)
      if (probe.stage !== 'indirect' || probe.requestSeq !== seq || helper === undefined) continue
      probe.waitingFor.delete(link)
      if (!ok) probe.denied.push(helper)
      if (ok) {
        this.#doubtLink(probe)
        this.#succeeded(probe)
      }
      return
    }
  }

  #nextTarget(): Entry | undefined {
    const { table, random } = this.#parts
    for (let pass = 0; pass < 2; pass++) {
      while (this.#round.length > 0) {
        const entry = table.get(this.#round.pop() as string)
        if (entry !== undefined && isPresent(entry) && !this.#probes.has(entry.name)) return entry
      }
      if (pass === 0) this.#round = shuffled(random, table.others()).map((entry) => entry.name)
    }
    return undefined
  }

  #begin(entry: Entry): void {
    const { clock, links } = this.#parts
    const probe = this.#add(entry, false)
    const link = links.current(entry.name)
    if (link === undefined) {
      this.#askOthers(probe)
      return
    }
    this.#parts.ping(link, entry, { type: 'probe' })
    probe.deadline = clock.lived + probeTimeoutMs(this.#parts, link)
  }

  #add(entry: Entry, isSecond: boolean): Probe {
    const { clock } = this.#parts
    const probe: Probe = {
      life: entry,
      incarnation: entry.incarnation,
      sentAt: clock.now,
      sentLived: clock.lived,
      isSecond,
      stage: 'direct',
      deadline: clock.lived,
      extended: false,
      requestSeq: 0,
      waitingFor: new Map(),
      denied: [],
    }
    this.#probes.set(entry.name, probe)
    return probe
  }

  #directExpired(probe: Probe): void {
    const link = this.#parts.links.current(probe.life.name)
    // Bytes that arrived after the probe was sent may mean that the ack is on its way; they count once.
    if (link !== undefined && !probe.extended && link.heardAt > probe.sentLived) {
      probe.extended = true
      probe.deadline = this.#parts.clock.lived + probeTimeoutMs(this.#parts, link)
      return
    }
    this.#askOthers(probe)
  }

  #askOthers(probe: Probe): void {
    const { clock, links, table, pings, outbox, options, random, exceptions } = this.#parts
    if (!probe.isSecond) exceptions.missed(probe.life, probe.sentLived)
    const others = shuffled(random, links.currents()).filter(
      (link) =>
        link.peer !== undefined && link.peer.name !== probe.life.name && isAlive(table.get(link.peer.name)),
    )
    const helpers = exceptions.helpersFirst(others, probe.life.name)
    const count = table.presentCount < SMALL_CLUSTER ? helpers.length : options.indirectProbes
    probe.stage = 'indirect'
    probe.requestSeq = pings.nextSeq()
    let slowest = options.minProbeTimeoutMs
    for (const helper of helpers.slice(0, count)) {
      probe.waitingFor.set(helper.id, (helper.peer as Life).name)
      slowest = Math.max(slowest, probeTimeoutMs(this.#parts, helper))
      const { name, generation, instance } = probe.life
      outbox.send(helper.id, {
        type: 'ping-request',
        seq: probe.requestSeq,
        target: { name, generation, instance },
      })
    }
    // A helper waits its own timeout for the target before it says that it got no answer. With neither link nor
    // helper nothing was sent, and only the dial under way can tell.
    const nothingSent = probe.waitingFor.size === 0 && links.current(probe.life.name) === undefined
    const waitMs = probe.waitingFor.size > 0 ? 2 * slowest : nothingSent ? options.maxProbeTimeoutMs : slowest
    probe.deadline = clock.lived + waitMs
  }

  #failed(probe: Probe): void {
    const { links, table, health } = this.#parts
    this.#probes.delete(probe.life.name)
    if (probe.isSecond) return
    const entry = table.get(probe.life.name)
    if (entry === undefined || !isPresent(entry) || !sameLife(entry, probe.life)) return
    // Helpers that did not even say "no answer" point at ourselves (Lifeguard's missed nacks).
    if (probe.waitingFor.size > 0) health.worsen(1)
    // Nobody says anything: most likely all of them are cut off from us.
    if (probe.denied.length === 0 && !this.#parts.isPlainSwim)
      for (const helper of probe.waitingFor.values()) this.#probeNow(helper)
    const asked = [...probe.denied, ...probe.waitingFor.values()]
    this.#parts.evidence.probeUnanswered(entry, probe.sentAt, asked, probe.denied)
    // Perhaps all its links are dead and it is not, which only a new one can tell.
    const link = links.current(entry.name)
    if (link !== undefined) links.doubt(link)
    // It has spoken since, if only to refute: its silence before that is over, and it is asked anew.
    if (entry.incarnation > probe.incarnation) this.#begin(entry)
    else this.#parts.silent(entry, probe.sentLived)
  }

  #succeeded(probe: Probe): void {
    this.#probes.delete(probe.life.name)
    this.#parts.health.improve()
    this.#parts.heard(probe.life, probe)
  }

  /** A helper that said nothing may be as silent as the member that it was asked about. */
  #probeNow(name: string): void {
    const entry = this.#parts.table.get(name)
    if (entry !== undefined && isPresent(entry) && !this.#probes.has(name)) this.#begin(entry)
  }

  #doubtLink(probe: Probe): void {
    const { links } = this.#parts
    const link = links.current(probe.life.name)
    if (link !== undefined) links.missed(link)
  }
}

function isAlive(entry: Entry | undefined): boolean {
  return entry !== undefined && !entry.forgotten && entry.state === 'alive'
}
