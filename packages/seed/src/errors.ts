// The error this package throws, and the words of its message.

/** Thrown for a wrong argument or option. Check `code`; the message says the same as the other fields. */
export class SeedError extends Error {
  override readonly name = 'SeedError'
  /** `ERR_ROLLCALL_INVALID_OPTION`: a wrong argument or option. */
  readonly code = 'ERR_ROLLCALL_INVALID_OPTION'
  /** Name of the argument or option. */
  readonly option: string
  /** What it takes. */
  readonly expected: string
  /** What was given. */
  readonly value: unknown

  /** Made by this package; nothing outside needs to construct one. */
  constructor(option: string, expected: string, value: unknown) {
    const shown = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
    super(`option ${option}: expected ${expected}, got ${shown}`)
    this.option = option
    this.expected = expected
    this.value = value
  }
}

/** Throws unless `value` is left out or a whole number from `min` to `max`. */
export function checkWholeNumber(option: string, value: unknown, min: number, max: number): void {
  if (value === undefined) return
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return
  throw new SeedError(option, `a whole number from ${min} to ${max}`, value)
}

/** Throws if `options` is no object or has a key that is not in `known`: most often a misspelt one. */
export function checkKnownOptions(what: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new SeedError('options', 'an object', options)
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) throw new SeedError(key, `an option of ${what} (${known.join(', ')})`, value)
  }
}
