// Addresses of SRV targets. Node does not give the additional section, so every target is asked for.
import type { DnsClient, SrvTarget } from './dns-client.ts'
import { RecordSet } from './record-set.ts'

/** More at once overflow a socket buffer, and what was lost waits for a retry. */
const maxInFlight = 50

/** The last good addresses of each target. */
export class SrvTargets {
  #sets = new Map<string, Map<'A' | 'AAAA', RecordSet<string>>>()

  /** Asks for all targets; forgets others. Returns the targets for which no answer came. */
  async resolve(
    client: DnsClient,
    targets: readonly SrvTarget[],
    types: readonly ('A' | 'AAAA')[],
  ): Promise<string[]> {
    const names = new Set(targets.map(({ name }) => name))
    for (const name of this.#sets.keys()) if (!names.has(name)) this.#sets.delete(name)
    const unresolved = new Set<string>()
    const questions = [...names].flatMap((name) => types.map((type) => ({ name, type })))
    await eachAtMost(maxInFlight, questions, async ({ name, type }) => {
      const outcome = await client.ask(name, type)
      if (outcome.type === 'failed') unresolved.add(name)
      this.#set(name, type).update(outcome)
    })
    return [...unresolved].sort()
  }

  /** Addresses of one target as they are known now. */
  addresses(name: string): string[] {
    return [...(this.#sets.get(name)?.values() ?? [])].flatMap((set) => set.records)
  }

  #set(name: string, type: 'A' | 'AAAA'): RecordSet<string> {
    const sets = this.#sets.get(name) ?? new Map<'A' | 'AAAA', RecordSet<string>>()
    this.#sets.set(name, sets)
    const set = sets.get(type) ?? new RecordSet<string>(type, (address) => address)
    sets.set(type, set)
    return set
  }
}

/** Runs `work` for every item, at most `limit` at a time. */
async function eachAtMost<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  const worker = async () => {
    for (const item of waiting) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
}
