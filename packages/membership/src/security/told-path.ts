// The path of a file in an error. Base64 can begin with a slash, and have more of them: what looks like a path may be a secret
// in the wrong place.
import { existsSync } from 'node:fs'
import { parse } from 'node:path'

/** Stands for a path that is not told. */
export const UNTOLD = 'the given path'

/** Folders, or a file with an ending, in lower case: of secrets in base64 one in ten thousand million looks like that. */
const plainPath = /^(\/[a-z0-9._-]+)+$/
const hasFolderOrEnding = /^.+[/.]/s

/** A path that could not be read, as it may be told: where its first folder is there, or where no secret looks like that. */
export function toldPath(path: string): string {
  const isPlain = plainPath.test(path) && hasFolderOrEnding.test(path)
  return isPlain || isSomewhere(path) ? path : UNTOLD
}

function isSomewhere(path: string): boolean {
  const { root } = parse(path)
  const [first = ''] = path.slice(root.length).split(/[/\\]/)
  return first !== '' && existsSync(root + first)
}
