// Options every polled source has, and the rhythm of polling they give. Pure.
import { checkWholeNumber, SeedError } from './errors.ts'

/** Options of sources that poll. */
export interface PollOptions {
  /** Longest time one poll may take, in milliseconds; what is pending then is cancelled. Default 5000. */
  readonly deadlineMs?: number
  /** Pause between polls while it is urgent and new, in milliseconds (a cold start). Default 250. */
  readonly urgentPollMs?: number
  /** Shortest pause between polls while all is well, in milliseconds; the longest is twice that. Default 30,000. */
  readonly calmPollMs?: number
  /** Source of randomness in [0, 1) for the jitter of pauses. Default `Math.random`. */
  readonly random?: () => number
}

/** Names of the options in `PollOptions`. */
export const pollOptionNames = ['deadlineMs', 'urgentPollMs', 'calmPollMs', 'random']

/** Throws `ERR_ROLLCALL_INVALID_OPTION` for a wrong value. */
export function checkPollOptions(options: PollOptions): void {
  checkWholeNumber('deadlineMs', options.deadlineMs, 100, 60_000)
  checkWholeNumber('urgentPollMs', options.urgentPollMs, 20, 60_000)
  checkWholeNumber('calmPollMs', options.calmPollMs, 20, 3_600_000)
  if (options.random !== undefined && typeof options.random !== 'function') {
    throw new SeedError('random', 'a function', options.random)
  }
}

/** The options with defaults filled in, and nothing else. */
export function defaultPollOptions(options: PollOptions): Required<PollOptions> {
  const { deadlineMs = 5000, urgentPollMs = 250, calmPollMs = 30_000, random = Math.random } = options
  return { deadlineMs, urgentPollMs, calmPollMs, random }
}

/** What the pause until the next poll depends on. */
export interface PollState {
  /** How long it has been urgent; `undefined` while it is not. */
  readonly urgentForMs: number | undefined
  /** Size of the last good set. */
  readonly seedCount: number
  /** Polls that failed in a row. */
  readonly failures: number
  /** Random number in [0, 1), one for each pause. */
  readonly jitter: number
}

/** Urgency is new for so long: most cold starts are over by then. */
const newUrgencyMs = 10_000
/** After so long an urgent state is a standing one, such as a pod that is listed and dead. */
const standingUrgencyMs = 60_000
/** Load on the name server grows with the square of the members: each asks, and each answer lists all. */
const urgentMsPerSeed = 5
const calmSeeds = 1000
const maxFailurePauseMs = 2000

/** Pause in milliseconds between the end of a poll and the start of the next. */
export function pollPauseMs(
  state: PollState,
  options: Pick<Required<PollOptions>, 'urgentPollMs' | 'calmPollMs'>,
): number {
  const { urgentForMs, seedCount, failures, jitter } = state
  if (urgentForMs === undefined) {
    // A server that fails while all is well is asked again sooner, to say so no longer than it is true.
    const base = failures > 0 ? Math.min(5000, options.calmPollMs) : options.calmPollMs
    return base * Math.max(1, seedCount / calmSeeds) * (1 + jitter)
  }
  const alone = seedCount <= 1
  const factor = urgentForMs < newUrgencyMs ? 1 : urgentForMs < standingUrgencyMs || alone ? 4 : 12
  const paced = Math.max(options.urgentPollMs * factor, seedCount * urgentMsPerSeed)
  const backoff =
    failures === 0 ? 0 : Math.min(options.urgentPollMs * 2 ** Math.min(failures, 10), maxFailurePauseMs)
  return Math.max(paced, backoff) * (0.75 + jitter / 2)
}
