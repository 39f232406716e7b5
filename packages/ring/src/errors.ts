// The error this package throws, and the words of its message.

/** Thrown for a wrong argument or option. Check `code`; the message says the same as the other fields. */
export class RingError extends Error {
  override readonly name = 'RingError'
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
    super(`option ${option}: expected ${expected}, got ${shown(value)}`)
    this.option = option
    this.expected = expected
    this.value = value
  }
}

/** A value in a message: short, on one line, and never the contents of an object. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return `an array of ${value.length}`
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}
