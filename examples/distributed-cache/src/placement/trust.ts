// Whether this pod may believe what it has. A pod that was frozen, or was cut off, may have been replaced meanwhile
// and not know it: in its own view nothing has happened. So it doubts itself when it notices a gap, the others tell it
// when it has missed something, and who was apart from another compares before it serves again.
import type { Cluster, Member } from '@rollcall/membership'
import { ClosedError, MemberGoneError, UnknownTopicError } from '@rollcall/membership'
import type { Time } from '../time.ts'
import { type Missed, missedTopic } from '../wire/topics.ts'
import { podStateOf } from './pod-state.ts'

/** A pause of the process longer than that may have been taken for its death: far less than that takes. */
const GAP_MS = 2000
const TICK_MS = 250
/** After one that long what has waited is looked at first. */
const STALL_MS = 500
/** For that long: connections that have waited are taken one in a turn of the loop. */
const WAKING_MS = 5000
const RETRY_MS = 50
const TELL_MS = 1000
/** To be answered only. */
const NOTHING: Missed = { number: 0, awayMs: 0, isSure: true }

export interface TrustParts {
  readonly cluster: Cluster
  readonly time: Time
  /** Whether this pod owns keys: else it has acknowledged nothing. */
  readonly isJoined: () => boolean
  /** Whether a pod keeps another number of copies: what it has acknowledged is nothing to this one. */
  readonly isRival: (member: Member) => boolean
  /** Nothing is served before all others have said that they see it as this pod does. */
  readonly doubt: () => void
  /** Nothing is served before it was compared with what the others have. */
  readonly distrust: (missed: Pick<Missed, 'awayMs' | 'isSure'>) => void
}

export class Trust {
  readonly #parts: TrustParts
  #tickedAt: number
  #tickedDate: number
  #wokeAt = Number.NEGATIVE_INFINITY
  /** Since when this pod is in a majority of a size that was given: nobody else can have acknowledged anything. */
  #sureSince: number | undefined
  #isMinority = false
  /** When something was written here last. */
  #wroteAt = 0
  #joinedAt: number | undefined
  /** When pods were seen to fail, by instance. */
  readonly #failedAt = new Map<string, number>()
  /** Instances that have yet to be told that they have missed something. */
  readonly #untold = new Set<string>()
  /** Instances that are failed, or are back and have yet to answer. */
  readonly #unheard = new Set<string>()
  #told = 0
  /** The number of the last such message, by the instance that has sent it. */
  readonly #heard = new Map<string, number>()

  constructor(parts: TrustParts) {
    this.#parts = parts
    const { cluster, time } = parts
    this.#tickedAt = time.now()
    this.#tickedDate = time.date()
    cluster.serve(missedTopic, (missed, { from }) => {
      const heard = this.#heard.get(from.instance) ?? 0
      if (missed.number <= heard) return null
      this.#heard.set(from.instance, missed.number)
      parts.distrust(missed)
      return null
    })
    cluster.on('member-failed', ({ member }) => {
      this.#wentAway(member, time.now())
      this.#unheard.add(member.instance)
    })
    cluster.on('member-removed', ({ member }) => this.#forget(member))
    cluster.on('member-restarted', ({ member, previous }) => {
      if (member.instance !== previous.instance) this.#forget(previous)
      // A process that has just started may raise its generation, which looks like a restart.
      else if (previous.state === 'failed') this.#isBack(member)
    })
    cluster.on('member-recovered', ({ member, previous }) => {
      if (previous.state === 'failed') this.#isBack(member)
    })
    // Not a pod that has just started: two clusters have met.
    cluster.on('member-joined', ({ member }) => this.#met(member, this.#joinedAt))
    // After whatever else there is to tell of the same change: above, the quorum is still the one before.
    cluster.on('view-changed', () => this.#follow())
    cluster.on('quorum-changed', () => queueMicrotask(() => this.#follow()))
    this.#follow()
    void this.#tick()
  }

  get isMinority(): boolean {
    return this.#isMinority
  }

  /** To be called when something is written here: who is not here now misses it. */
  wrote(now: number): void {
    this.#wroteAt = now
  }

  /** To be called before anything is served: notices that the process stood still. */
  look(now: number): void {
    const date = this.#parts.time.date()
    // While the whole machine sleeps only its clock goes on.
    const gapMs = Math.max(now - this.#tickedAt, date - this.#tickedDate)
    this.#tickedAt = now
    this.#tickedDate = date
    if (gapMs > STALL_MS) this.#wokeAt = now
    if (gapMs > GAP_MS) this.#parts.doubt()
  }

  /** Whether the process stood still until a moment ago: what comes may have waited for long, and be wanted by nobody any more. */
  isWaking(now: number): boolean {
    return now - this.#wokeAt < WAKING_MS
  }

  /** Whether a pod has yet to be told that it has missed something. */
  owesTo({ instance }: Member): boolean {
    return this.#untold.has(instance)
  }

  /**
   * Whether what comes from a pod was sent since it was away. What it had sent before waits in a link that was cut, and would
   * otherwise come above what was written in its absence. From one pod to another all comes in order.
   */
  isCurrent({ instance }: Member): boolean {
    return !this.#unheard.has(instance)
  }

  /** Tells a pod that it has missed what was written since a time, until it has heard it; be it when it comes back again. */
  async tellMissed(member: Member, since: number): Promise<void> {
    if (this.#untold.has(member.instance)) return
    this.#untold.add(member.instance)
    const awayMs = Math.max(0, Math.ceil(this.#parts.time.now() - since))
    await this.#tell(member, { number: ++this.#told, awayMs, isSure: this.#sureSince !== undefined }, since)
    this.#untold.delete(member.instance)
  }

  /** Was failed, and is not. What comes from it counts once it has answered. */
  #isBack(member: Member): void {
    const since = this.#failedAt.get(member.instance)
    this.#unheard.add(member.instance)
    this.#met(member, since)
    void this.#tell(member, NOTHING, since ?? this.#parts.time.now()).then((isHeard) => {
      if (isHeard) this.#unheard.delete(member.instance)
    })
  }

  /** Resolves once it is answered; with false where that life is away again, or over. */
  async #tell(member: Member, missed: Missed, since: number): Promise<boolean> {
    const { cluster, time } = this.#parts
    for (;;) {
      try {
        await cluster.request(member, missedTopic, missed, { timeoutMs: TELL_MS })
        return true
      } catch (error) {
        if (error instanceof MemberGoneError && error.how === 'failed') this.#wentAway(member, since)
        if (error instanceof MemberGoneError || error instanceof ClosedError) return false
        // A member without a cache.
        if (error instanceof UnknownTopicError) return true
        await time.sleep(RETRY_MS)
      }
    }
  }

  /** A life is over. */
  #forget({ instance }: Member): void {
    this.#failedAt.delete(instance)
    this.#unheard.delete(instance)
    this.#heard.delete(instance)
  }

  #wentAway({ instance }: Member, at: number): void {
    this.#failedAt.set(instance, Math.min(at, this.#failedAt.get(instance) ?? at))
  }

  /** A pod is here that was not, and has acknowledged what it took for right. `since`: from when on both were apart. */
  #met(member: Member, since: number | undefined): void {
    this.#failedAt.delete(member.instance)
    if (this.#parts.isRival(member)) return
    if (since === undefined || !this.#parts.isJoined() || !podStateOf(member)?.isJoined) return
    if (this.#wroteAt >= since) void this.tellMissed(member, since)
    const isSure = this.#sureSince !== undefined && this.#sureSince <= since
    if (!isSure) this.#parts.distrust({ awayMs: 0, isSure: false })
  }

  #follow(): void {
    const now = this.#parts.time.now()
    const { state, basis } = this.#parts.cluster.quorum
    if (state === 'majority' && basis === 'given') this.#sureSince ??= now
    else this.#sureSince = undefined
    const wasMinority = this.#isMinority
    this.#isMinority = state === 'minority'
    if (this.#parts.isJoined()) this.#joinedAt ??= now
    // Others may have gone on without this pod, and never have been missed here.
    if (wasMinority && !this.#isMinority) this.#parts.doubt()
  }

  async #tick(): Promise<void> {
    let isClosed = false
    this.#parts.cluster.closed.then(() => {
      isClosed = true
    })
    while (!isClosed) {
      await this.#parts.time.sleep(TICK_MS)
      this.look(this.#parts.time.now())
    }
  }
}
