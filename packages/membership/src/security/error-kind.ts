// What may be told of an error of a function that has a token at hand: its message may have the token in it.

/** A name or a code as programs have them. */
const WORD = /^[A-Za-z][\w-]{0,39}$/

/** Its name and code, such as `Error ENOENT`. Never throws, whatever the error is. */
export function errorKind(error: unknown): string {
  try {
    const { name, code } = error as { readonly name?: unknown; readonly code?: unknown }
    const words = [error instanceof Error ? name : undefined, code].filter(isWord)
    return words.length > 0 ? words.join(' ') : 'an error'
  } catch {
    return 'an error'
  }
}

function isWord(value: unknown): value is string | number {
  return typeof value === 'string' ? WORD.test(value) : Number.isSafeInteger(value)
}
