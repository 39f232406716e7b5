// Checks the `limits` option: that each name exists, and that a member can live with the values.
import { MAX_MEMBERS } from '../core/options.ts'
import { OptionError } from '../errors.ts'
import { defaultLimits, type Limits } from '../limits.ts'
import { checkNames } from './option-checks.ts'
import { wireLimits } from './wire-limits.ts'

/** Longest that a timer can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** The least and the most of each; all are whole numbers. */
const ranges: Readonly<Record<keyof Limits, readonly [least: number, most: number]>> = {
  pendingHandshakesPerAddress: [1, Number.POSITIVE_INFINITY],
  pendingHandshakes: [1, 65_536],
  handshakeTimeoutMs: [1, MAX_DELAY_MS],
  members: [1, MAX_MEMBERS],
  metadataBytes: [1, wireLimits.metadataBytes],
  // Ten seconds' worth is more than the largest digest.
  updatesPerSecond: [1000, 1_000_000_000],
}

/** The limits with their defaults filled in. @throws OptionError */
export function checkLimits(limits: unknown): Limits {
  if (limits === undefined) return defaultLimits
  checkNames('limits.', limits, Object.keys(defaultLimits))
  const all = { ...defaultLimits }
  for (const [name, value] of Object.entries(limits as Partial<Limits>)) {
    if (value !== undefined) Object.assign(all, { [name]: checked(name as keyof Limits, value) })
  }
  return all
}

function checked(name: keyof Limits, value: unknown): number {
  const [least, most] = ranges[name]
  const isWhole = Number.isInteger(value) || (value === most && most === Number.POSITIVE_INFINITY)
  if (isWhole && (value as number) >= least && (value as number) <= most) return value as number
  const range =
    most === Number.POSITIVE_INFINITY ? `${least} or more, or Infinity` : `from ${least} to ${most}`
  throw new OptionError(`limits.${name}`, `a whole number ${range}`, value)
}
