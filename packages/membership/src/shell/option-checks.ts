// Checks that options of all calls share: that they are an object, that each name exists, and that a signal is one.
import { OptionError, unsaid } from '../errors.ts'
import { nearestName } from './nearest-name.ts'
import { plainText } from './wire-fields.ts'
import { wireLimits } from './wire-limits.ts'

/**
 * Refuses what is no object, and names that do not exist, with the one that may be meant. A secret under a wrong name is
 * one still, so nothing is said of values. @throws OptionError
 */
export function checkNames(prefix: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(prefix === '' ? 'options' : prefix.slice(0, -1), 'an object', unsaid(options))
  }
  for (const [option, value] of Object.entries(options)) {
    if (known.includes(option)) continue
    const near = nearestName(option, known)
    const hint =
      near === undefined ? `one of ${known.join(', ')}` : `an option that exists, such as ${prefix}${near}`
    throw new OptionError(`${prefix}${option}`, hint, unsaid(value))
  }
}

/** A name or an id that goes over the wire. @throws OptionError */
export function checkText(option: string, value: unknown): string {
  const fits =
    typeof value === 'string' && Buffer.byteLength(value) <= wireLimits.nameBytes && plainText.test(value)
  if (fits) return value
  throw new OptionError(option, `1 to ${wireLimits.nameBytes} bytes of text without white space`, value)
}

/** A size of the cluster. @throws OptionError */
export function checkSize(size: unknown): number {
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 1) return size
  throw new OptionError('expectedSize', 'a whole number of at least 1', size)
}

/** Refuses what cannot abort; a signal of another realm will do. @throws OptionError */
export function checkSignal(signal: unknown): void {
  if (signal === undefined) return
  const { aborted, addEventListener, removeEventListener } = (signal ?? {}) as Partial<AbortSignal>
  const methods = [addEventListener, removeEventListener]
  if (typeof aborted === 'boolean' && methods.every((method) => typeof method === 'function')) return
  throw new OptionError('signal', 'an AbortSignal', signal)
}
