/** The error this package throws, and the words of its message. */

/** Thrown for a wrong argument or option. Check `code`; `message` names the option, what it takes and what came. */
export class SeedError extends Error {
  override readonly name = 'SeedError'
  /** `ERR_ROLLCALL_INVALID_OPTION`: a wrong argument or option. */
  readonly code: 'ERR_ROLLCALL_INVALID_OPTION'

  constructor(code: 'ERR_ROLLCALL_INVALID_OPTION', message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The error for a wrong option: `servers must be ..., got ...`. */
export function invalidOption(option: string, expectation: string, value: unknown): SeedError {
  const shown = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
  return new SeedError('ERR_ROLLCALL_INVALID_OPTION', `${option} must be ${expectation}, got ${shown}`)
}

/** Throws unless `value` is left out or a whole number from `min` to `max`. */
export function checkWholeNumber(option: string, value: unknown, min: number, max: number): void {
  if (value === undefined) return
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return
  throw invalidOption(option, `a whole number from ${min} to ${max}`, value)
}

/** Throws if `options` has a key that is not in `known`: most often a misspelt one. */
export function checkKnownOptions(what: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) throw invalidOption(`option of ${what}`, `one of ${known.join(', ')}`, key)
  }
}
