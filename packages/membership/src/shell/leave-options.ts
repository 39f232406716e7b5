// What `leave()` takes. The defaults together stay within the 30 s that Kubernetes gives a pod to end.
import { OptionError } from '../errors.ts'
import { checkNames } from './option-checks.ts'

/** How long a goodbye waits for hooks of `beforeGoodbye`, where `join` was not told otherwise. */
export const DEFAULT_HANDOVER_TIMEOUT_MS = 20_000

const DEFAULT_TIMEOUT_MS = 2000

/** Longest that a timer can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** Options of `leave()`. */
export interface LeaveOptions {
  /** How long the goodbye is awaited from the others, in ms; finite. Default 2000. */
  readonly timeoutMs?: number
  /**
   * How long the goodbye itself waits for the hooks of `beforeGoodbye`, in ms, at most 2147483647. Default: the option
   * `handoverTimeoutMs` of `join`, which is 20,000. Without hooks nothing is waited for.
   */
  readonly handoverTimeoutMs?: number
}

/** Checks options of `leave` and fills in the defaults. @throws OptionError */
export function checkLeaveOptions(options: LeaveOptions, handoverMs: number): Required<LeaveOptions> {
  checkNames('', options, ['timeoutMs', 'handoverTimeoutMs'])
  const { timeoutMs = DEFAULT_TIMEOUT_MS, handoverTimeoutMs = handoverMs } = options
  if (!Number.isFinite(timeoutMs) || timeoutMs < 0) {
    throw new OptionError('timeoutMs', 'a finite number of milliseconds, 0 or more', timeoutMs)
  }
  return { timeoutMs, handoverTimeoutMs: checkHandoverTimeout(handoverTimeoutMs) }
}

/** How long a handover may take. @throws OptionError */
export function checkHandoverTimeout(handoverTimeoutMs: unknown): number {
  const isNumber = typeof handoverTimeoutMs === 'number' && Number.isFinite(handoverTimeoutMs)
  if (isNumber && handoverTimeoutMs >= 0 && handoverTimeoutMs <= MAX_DELAY_MS) return handoverTimeoutMs
  throw new OptionError('handoverTimeoutMs', `milliseconds from 0 to ${MAX_DELAY_MS}`, handoverTimeoutMs)
}
