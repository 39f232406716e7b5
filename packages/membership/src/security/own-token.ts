// The token that this member shows, read anew each time: platforms replace tokens before they expire.
import type { Platform } from '../shell/platform.ts'
import { errorKind } from './error-kind.ts'
import { isToken, MAX_TOKEN_BYTES } from './hello-token.ts'
import type { TokenIdentity } from './token-option.ts'
import { toldPath } from './told-path.ts'

/** Reads it. Rejects with an error that says why not, and never what was read. */
export async function ownToken(
  read: TokenIdentity['read'],
  platform: Pick<Platform, 'readTextFile'>,
): Promise<string> {
  const text: unknown = typeof read === 'string' ? await inFile(read, platform) : await given(read)
  const token = typeof text === 'string' ? text.trim() : text
  if (isToken(token)) return token
  const from = typeof read === 'string' ? read : 'token.read'
  throw new TypeError(
    `${from} gives no token: expected 1 to ${MAX_TOKEN_BYTES} bytes of text without white space`,
  )
}

/** What the file says. Of a path that may be the token itself the system's error is left out. */
async function inFile(path: string, { readTextFile }: Pick<Platform, 'readTextFile'>): Promise<string> {
  try {
    return await readTextFile(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const told = toldPath(path)
    throw told === path ? error : new Error(`${told} cannot be read (${code})`)
  }
}

/** What the function gives. Of what it throws the message is left out: it may have the token in it. */
async function given(read: () => unknown): Promise<unknown> {
  try {
    return await read()
  } catch (error) {
    throw new Error(`token.read failed (${errorKind(error)})`)
  }
}
