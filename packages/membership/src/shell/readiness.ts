// Whether this member should be given work: an answer for an HTTP probe. Readiness must neither come too early (before
// the others are found) nor wait for what may never come (a listed address where nobody lives), and not flap when a peer
// pauses.
import type { MembershipCore } from '../core/core.ts'
import type { Millis } from '../core/identity.ts'
import { OptionError } from '../errors.ts'
import type { SeedSnapshot } from '../seed-source.ts'
import type { Clock } from './clock.ts'
import { checkNames } from './option-checks.ts'
import type { Timer, Timers } from './timers.ts'

/** Why a member is ready or not; `text` says it in a sentence. */
export type Readiness =
  | { readonly ready: true; readonly reason: 'ready'; readonly text: string }
  | {
      readonly ready: false
      /**
       * `not-joined`: it has not found the others yet, or is closed. `isolated`: nobody answers, although others are
       * known or listed. `minority`: so says `cluster.quorum`. `handing-over`: it is leaving.
       */
      readonly reason: 'not-joined' | 'isolated' | 'minority' | 'handing-over'
      readonly text: string
    }

/** Options of `readiness()`. */
export interface ReadinessOptions {
  /** Ready in a minority too, be it of one: for services that rather serve what they have. Default false. */
  readonly allowMinority?: boolean
}

/** What readiness depends on. */
export interface ReadinessParts {
  readonly core: MembershipCore
  readonly seeds: { readonly snapshot: SeedSnapshot | undefined }
  readonly platform: Clock & Timers
}

/** Once the seeds have answered, nothing is waited for longer than this. */
const JOINED_AFTER_MS = 10_000
/** For who is listed alone: others that start at the same time would be listed by then. */
const ALONE_AFTER_MS = 2000
/** So long after the first link its peer has told us of the others. */
const INTRODUCED_AFTER_MS = 500
/** A minority or an isolation shorter than this may be one peer's pause. */
const PATIENCE_MS = 5000

/** Time alone may make it join: until then it is looked at so often. */
const LOOK_MS = 250

/** Nobody is listed, says DNS; any other problem is no answer. */
const NOBODY = new Set(['no-such-name', 'no-records'])

/** Remembers what a snapshot cannot tell: whether this member has joined, and since when it is in trouble. */
export class ReadinessKeeper {
  readonly #parts: ReadinessParts
  /** When the seeds first gave an answer. */
  #answeredAt: Millis | undefined
  #isJoined = false
  #timer: Timer | undefined
  #isOver = false
  /** Since when it is isolated or in a minority; always, for one that was so when it joined. */
  #troubledSince: Millis | undefined

  constructor(parts: ReadinessParts) {
    this.#parts = parts
  }

  /** Something may have changed: seeds, or what the core tells. */
  look(): void {
    const { core, seeds, platform } = this.#parts
    const now = platform.now()
    const trouble = this.#trouble()
    if (trouble === undefined) this.#troubledSince = undefined
    else this.#troubledSince ??= this.#isJoined ? now : Number.NEGATIVE_INFINITY
    if (this.#isJoined || this.#isOver) return
    if (isAnswer(seeds.snapshot)) this.#answeredAt ??= now
    if (this.#answeredAt === undefined) return
    this.#timer ??= platform.setTimer(() => {
      this.#timer = undefined
      this.look()
    }, LOOK_MS)
    const waitedMs = now - this.#answeredAt
    const isListedAlone = (seeds.snapshot?.seeds.length ?? 0) > 0 && core.listed().addresses === 0
    const waitsAtMostMs = isListedAlone ? ALONE_AFTER_MS : JOINED_AFTER_MS
    this.#isJoined = waitedMs >= waitsAtMostMs || this.#isIntroduced(now)
    if (this.#isJoined) this.#stopLooking()
  }

  /** This member is no more: no timer is set from now on. */
  end(): void {
    this.#isOver = true
    this.#stopLooking()
  }

  #stopLooking(): void {
    this.#parts.platform.clearTimer(this.#timer)
    this.#timer = undefined
  }

  /** How it stands now; `closed` says why this member is no more. */
  readiness(allowMinority: boolean, closed: 'left' | 'superseded' | undefined): Readiness {
    if (closed !== undefined) return notReady('not-joined', closedTexts[closed])
    this.look()
    const { core, platform } = this.#parts
    if (core.view.self.leaving) return notReady('handing-over', 'This member is leaving.')
    if (!this.#isJoined) return notReady('not-joined', this.#waitsFor())
    const trouble = this.#trouble()
    const since = this.#troubledSince ?? Number.POSITIVE_INFINITY
    if (trouble !== undefined && !allowMinority && platform.now() - since >= PATIENCE_MS) {
      const { present, expected } = core.quorum
      const text = trouble === 'isolated' ? ISOLATED : `${present} of ${expected} members expected are here.`
      return notReady(trouble, text)
    }
    return Object.freeze({ ready: true, reason: 'ready', text: 'This member has joined.' })
  }

  /** A peer has had the time to tell of the others, and none of those, nor of the listed ones, is still untried. */
  #isIntroduced(now: Millis): boolean {
    const { core } = this.#parts
    const isLinked = core.links().some(({ openedAt }) => now - openedAt >= INTRODUCED_AFTER_MS)
    return isLinked && core.unreached().every(({ why }) => why !== 'pending')
  }

  #trouble(): 'isolated' | 'minority' | undefined {
    const { core } = this.#parts
    const { state } = core.quorum
    if (!core.isolated) return state === 'minority' ? state : undefined
    // The last of those expected misses nobody; and where hosts refuse connections, nothing is cut.
    if (state === 'majority') return undefined
    if (state === 'unknown' && core.unreached().every(({ why }) => why === 'refused')) return undefined
    return 'isolated'
  }

  #waitsFor(): string {
    const { core, seeds } = this.#parts
    if (this.#answeredAt === undefined) {
      return seeds.snapshot?.problem?.message ?? 'The source of seeds has not answered yet.'
    }
    const { addresses, reached } = core.listed()
    if (addresses === 0) return 'The source of seeds lists no other member yet.'
    const listed = `${reached} of ${addresses} other addresses listed are reached`
    if (reached === addresses) return `${listed}; whom they know is being heard and tried.`
    return `${listed}, and not all have been tried for long enough.`
  }
}

/** Checks options. @throws OptionError */
export function checkReadinessOptions(options: ReadinessOptions): Required<ReadinessOptions> {
  checkNames('', options, ['allowMinority'])
  const { allowMinority = false } = options
  if (typeof allowMinority !== 'boolean')
    throw new OptionError('allowMinority', 'true or false', allowMinority)
  return { allowMinority }
}

const ISOLATED = 'Nobody answers, although others are known or listed.'

const closedTexts = {
  left: 'Closed: this member has left.',
  superseded: 'Closed: a newer process has the name of this member.',
}

function isAnswer(snapshot: SeedSnapshot | undefined): boolean {
  if (snapshot === undefined) return false
  const { seeds, problem } = snapshot
  return seeds.length > 0 || problem === undefined || NOBODY.has(problem.type)
}

function notReady(reason: Exclude<Readiness['reason'], 'ready'>, text: string): Readiness {
  return Object.freeze({ ready: false, reason, text })
}
