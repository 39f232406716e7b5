// What a shared key costs: rows with one against the same rows without. Pure.
import type { Result } from './result.ts'

/** How many times as long as without a key it may take, at most. */
const MOST: Readonly<Record<string, number>> = { sigkill: 1.3, goodbye: 1.3 }
const SUFFIX = '-psk'

/** A line for each pair of rows that was measured. */
export function keyCosts(results: readonly Result[]): string[] {
  return results.flatMap((keyed) => {
    const name = keyed.name.slice(0, -SUFFIX.length)
    const plain = keyed.name.endsWith(SUFFIX) && results.find((one) => isPlain(one, name, keyed.members))
    if (!plain || keyed.medianMs === null || plain.medianMs === null) return []
    const times = keyed.medianMs / plain.medianMs
    const most = MOST[name]
    const verdict =
      most === undefined ? '' : `, target at most ${most}: ${times <= most ? 'reached' : 'MISSED'}`
    return [`${name}, ${keyed.members} members, with a shared key: ${times.toFixed(2)} times plain${verdict}`]
  })
}

function isPlain(one: Result, name: string, members: number): boolean {
  return one.name === name && one.members === members
}
