// Helpers to read a seed source in tests.
import { expect, vi } from 'vitest'
import type { SeedSnapshot, SeedSource } from '../../src/index.ts'

/** Watches until a snapshot satisfies the condition; rejects after `timeoutMs`, saying what came. */
export async function snapshotWhere(
  source: SeedSource,
  condition: (snapshot: SeedSnapshot) => boolean = () => true,
  { timeoutMs = 15_000, urgent = (): boolean => true } = {},
): Promise<SeedSnapshot> {
  const seen: SeedSnapshot[] = []
  for await (const snapshot of source.watch({ signal: AbortSignal.timeout(timeoutMs), urgent })) {
    seen.push(snapshot)
    if (condition(snapshot)) return snapshot
  }
  throw new Error(`no such snapshot in ${timeoutMs} ms; got ${JSON.stringify(seen).slice(0, 2000)}`)
}

/** Watches, ignoring what comes, until the condition holds. */
export async function watchUntil(source: SeedSource, condition: () => boolean): Promise<void> {
  const stop = new AbortController()
  const watching = collect(source, stop.signal)
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 10_000 })
  stop.abort()
  await watching
}

/** Collects snapshots until the signal is aborted. */
export async function collect(
  source: SeedSource,
  signal: AbortSignal,
  urgent: () => boolean = () => true,
): Promise<SeedSnapshot[]> {
  const seen: SeedSnapshot[] = []
  for await (const snapshot of source.watch({ signal, urgent })) seen.push(snapshot)
  return seen
}

/** Addresses of a snapshot. */
export function addressesOf(snapshot: SeedSnapshot): string[] {
  return snapshot.seeds.map((seed) => seed.address)
}

/** The code of what is thrown. */
export function codeOf(call: () => unknown): unknown {
  try {
    call()
    return 'nothing thrown'
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}
