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

/** Pairs of which the first may not be above the second. */
const ordered: readonly (readonly [keyof ProtocolOptions, keyof ProtocolOptions])[] = [
  ['minProbeTimeoutMs', 'maxProbeTimeoutMs'],
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
    if (typeof value === 'number' && Number.isFinite(value) && value >= least) continue
    throw new OptionError(`protocol.${option}`, `a number, ${least} or more`, value)
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
