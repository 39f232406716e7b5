/** A time in ms since 1970, for people to read. */
export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString()
}
