// What is wrong with protocol options: each value by itself, and those that bound each other together.
import { defaultProtocol, type ProtocolOptions } from './options.ts'

/** An option that cannot have the value it has. */
export interface ProtocolFault {
  readonly option: keyof ProtocolOptions
  /** What it can be. */
  readonly expected: string
  readonly value: unknown
}

/** With less than one of these the protocol would stand still or never rest. */
const atLeastOne: ReadonlySet<string> = new Set<keyof ProtocolOptions>([
  'probeIntervalMs',
  'minProbeTimeoutMs',
  'maxLivedStepMs',
  'connectTimeoutMs',
  'helloTimeoutMs',
  'minRedialMs',
  'foreignRedialMs',
  'quorumOfObservers',
  'redialsPerSecond',
  'maxDials',
])

/** A timer of the host's counts this: it can wait no longer. */
const MAX_CONNECT_TIMEOUT_MS = 2 ** 31 - 1

/** Counts: parts of one make no sense. */
const whole: ReadonlySet<string> = new Set<keyof ProtocolOptions>([
  'quorumOfObservers',
  'indirectProbes',
  'firstRedialers',
  'maxDials',
  'maxTombstones',
])

/** Pairs of which the first may not be above the second. */
const ordered: readonly (readonly [keyof ProtocolOptions, keyof ProtocolOptions])[] = [
  ['minProbeTimeoutMs', 'maxProbeTimeoutMs'],
  // A probe is answered before the next is due, and a suspect gets at least one further probe, and its answer's time.
  ['minProbeTimeoutMs', 'probeIntervalMs'],
  ['probeIntervalMs', 'failAfterMs'],
  ['maxProbeTimeoutMs', 'failAfterMs'],
  // A stall counts as less than what it could make us conclude.
  ['maxLivedStepMs', 'failAfterMs'],
  // Isolation is told before the failures of the same cause.
  ['isolatedAfterMs', 'failAfterMs'],
  // Two members hear each other about once in a period.
  ['probeIntervalMs', 'isolatedAfterMs'],
  // Votes are quicker evidence than silence, or they are none.
  ['addressGoneMs', 'failAfterMs'],
  ['voteWindowMs', 'failAfterMs'],
  // Whoever waits for the first redials votes within the window, too.
  ['redialGraceMs', 'voteWindowMs'],
  ['secondRefusalMs', 'failAfterMs'],
  ['failAfterMs', 'failUnconfirmedAfterMs'],
  ['minRedialMs', 'maxRedialMs'],
]

/** The first thing wrong with what was given beside the defaults; undefined when a core can run with it. */
export function protocolFault(given: Partial<ProtocolOptions>): ProtocolFault | undefined {
  for (const [option, value] of Object.entries(given)) {
    const least = atLeastOne.has(option) ? 1 : 0
    const isWhole = whole.has(option)
    const isRight = isWhole ? Number.isInteger(value) : Number.isFinite(value)
    if (isRight && value >= least) continue
    const expected = `a${isWhole ? ' whole' : ''} number, ${least} or more`
    return { option: option as keyof ProtocolOptions, expected, value }
  }
  const { connectTimeoutMs = 0 } = given
  if (connectTimeoutMs > MAX_CONNECT_TIMEOUT_MS) {
    const expected = `at most ${MAX_CONNECT_TIMEOUT_MS}`
    return { option: 'connectTimeoutMs', expected, value: connectTimeoutMs }
  }
  const all = { ...defaultProtocol, ...given }
  for (const [low, high] of ordered) {
    if (all[low] <= all[high]) continue
    // One of the two may be a default: the one that was given is at fault.
    return given[low] === undefined
      ? { option: high, expected: `at least ${low} (${all[low]})`, value: all[high] }
      : { option: low, expected: `at most ${high} (${all[high]})`, value: all[low] }
  }
  return undefined
}
