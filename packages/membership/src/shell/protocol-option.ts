// Checks the `protocol` option: each value by itself, and those that bound each other together.
import { defaultProtocol, type ProtocolOptions } from '../core/options.ts'
import { OptionError } from '../errors.ts'
import { checkNames } from './option-checks.ts'

/** With less than one of these the protocol would stand still or never rest. */
const atLeastOne: ReadonlySet<string> = new Set<keyof ProtocolOptions>([
  'probeIntervalMs',
  'maxLivedStepMs',
  'quorumOfObservers',
  'redialsPerSecond',
  'maxDials',
])

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
  ['failAfterMs', 'failUnconfirmedAfterMs'],
  ['minRedialMs', 'maxRedialMs'],
]

/** @throws OptionError */
export function checkProtocol(protocol: unknown): Partial<ProtocolOptions> {
  if (protocol === undefined) return {}
  checkNames('protocol.', protocol, Object.keys(defaultProtocol))
  const given = protocol as Partial<ProtocolOptions>
  for (const [option, value] of Object.entries(given)) {
    const least = atLeastOne.has(option) ? 1 : 0
    const isWhole = whole.has(option)
    const isRight = isWhole ? Number.isInteger(value) : Number.isFinite(value)
    if (isRight && (value as number) >= least) continue
    const expected = `a${isWhole ? ' whole' : ''} number, ${least} or more`
    throw new OptionError(`protocol.${option}`, expected, value)
  }
  const all = { ...defaultProtocol, ...given }
  for (const [low, high] of ordered) {
    if (all[low] <= all[high]) continue
    // One of the two may be a default: the one that was given is at fault.
    if (given[low] !== undefined) {
      throw new OptionError(`protocol.${low}`, `at most ${high} (${all[high]})`, all[low])
    }
    throw new OptionError(`protocol.${high}`, `at least ${low} (${all[low]})`, all[high])
  }
  return { ...given }
}
