// The token that this member shows, read anew each time: platforms replace tokens before they expire.
import type { Platform } from '../shell/platform.ts'
import { errorKind } from './error-kind.ts'
import { isToken, MAX_TOKEN_BYTES } from './hello-token.ts'
import type { TokenIdentity } from './token-option.ts'

/** Reads it. Rejects with an error that says why not, and never what was read. */
export async function ownToken(
  read: TokenIdentity['read'],
  { readTextFile }: Pick<Platform, 'readTextFile'>,
): Promise<string> {
  const text: unknown = typeof read === 'string' ? await readTextFile(read) : await given(read)
  const token = typeof text === 'string' ? text.trim() : text
  if (isToken(token)) return token
  const from = typeof read === 'string' ? read : 'token.read'
  throw new TypeError(
    `${from} gives no token: expected 1 to ${MAX_TOKEN_BYTES} bytes of text without white space`,
  )
}

/** What the function gives. Of what it throws the message is left out: it may have the token in it. */
async function given(read: () => unknown): Promise<unknown> {
  try {
    return await read()
  } catch (error) {
    throw new Error(`token.read failed (${errorKind(error)})`)
  }
}
