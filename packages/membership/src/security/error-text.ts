// What may be told of an error of a verifier: its text on one line, without the token.

/** Longest text that is looked at, and longest that is told. */
const MAX_LOOKED_AT = 4096
const MAX_TOLD = 200

/** A run of so many characters that the token has too is taken out. */
const RUN = 8

/** The text of an error without any part of the token. Never throws, whatever the error is. */
export function errorTextWithout(token: string, error: unknown): string {
  return without(token, errorText(error)).slice(0, MAX_TOLD)
}

function errorText(error: unknown): string {
  try {
    const text: unknown = error instanceof Error ? error.message : String(error)
    if (typeof text !== 'string' || text === '') return 'an error without a text'
    return text.slice(0, MAX_LOOKED_AT).replace(/[\s\p{C}]+/gu, ' ')
  } catch {
    return 'an error without a text'
  }
}

function without(token: string, text: string): string {
  const size = Math.min(RUN, token.length)
  const isOfToken = (from: number) => token.includes(text.slice(from, from + size))
  let rest = ''
  let at = 0
  while (at + size <= text.length) {
    if (!isOfToken(at)) {
      rest += text[at++]
      continue
    }
    while (at + 1 + size <= text.length && isOfToken(at + 1)) at++
    at += size
    rest += '…'
  }
  return rest + text.slice(at)
}
