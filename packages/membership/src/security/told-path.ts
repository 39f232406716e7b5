// The path of a file in an error.

/**
 * A path that could not be read, as it may be told. Base64 can begin with a slash: what is no file, and has neither a folder
 * nor an ending, may be a secret in the wrong place.
 */
export function toldPath(path: string, code: unknown): string {
  const isNoFile = code === 'ENOENT' || code === 'ENAMETOOLONG'
  return isNoFile && /^.[^/.]*$/s.test(path) ? 'the given path' : path
}
