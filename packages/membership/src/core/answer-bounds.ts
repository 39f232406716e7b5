// How much one answer may carry. Metadata can be long, and what a peer asks for must not cost us without limit; what
// does not fit is asked for again.
import type { Fact } from './fact.ts'

const MAX_BYTES = 2 * 1024 * 1024
/** A fact without its metadata, roughly. */
const BYTES_PER_FACT = 200

/** The first facts that fit into one answer. */
export function withinBounds(facts: readonly Fact[]): Fact[] {
  const fitting: Fact[] = []
  let bytes = 0
  for (const fact of facts) {
    bytes += BYTES_PER_FACT + (fact.record?.metadata.length ?? 0)
    if (bytes > MAX_BYTES) break
    fitting.push(fact)
  }
  return fitting
}
