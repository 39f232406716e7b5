// Times as people read them, in few columns.

/** `0.42 ms`, `12.3 ms`, `4213 ms`; without a space when `tight`. */
export function showMs(ms: number, tight = false): string {
  const digits = ms < 1 ? 2 : ms < 100 ? 1 : 0
  return `${ms.toFixed(digits)}${tight ? '' : ' '}ms`
}

/** `8s`, `5m`, `2h`. */
export function showAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 100) return `${seconds}s`
  return seconds < 6000 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3600)}h`
}
