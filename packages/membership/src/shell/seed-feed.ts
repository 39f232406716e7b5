// Follows a seed source for the whole life of a member: its snapshots become the addresses the core may dial. A source
// that fails is started again; nothing it does ends the watching.
import type { Address } from '../core/identity.ts'
import type { SeedProblem, SeedSnapshot, SeedSource } from '../seed-source.ts'
import { canonicalIp, formatAddress, isLoopback } from './address.ts'
import { keptText } from './function-seeds.ts'
import { sleep, type Timers } from './timers.ts'

const RESTART_MS = 1000
const MAX_RESTART_MS = 30_000
/** Most addresses taken from one snapshot; a headless Service lists at most about 4,000. */
const MAX_SEEDS = 10_000

/** What a feed needs. */
export interface SeedFeedOptions {
  readonly source: SeedSource
  readonly timers: Timers
  /** For seeds without a port. */
  readonly port: number
  /** Without `security` only loopback addresses are dialed. */
  readonly loopbackOnly: boolean
  readonly signal: AbortSignal
  readonly urgent: () => boolean
  /** Addresses to dial, canonical and without duplicates. */
  readonly onSeeds: (addresses: Address[]) => void
  /** A seed is not dialed, because it needs `security`. */
  readonly onNotDialed: (address: Address) => void
  /** The source says that something is wrong, or has failed itself. */
  readonly onProblem: (problem: SeedProblem) => void
}

/** The seeds of one member. */
export class SeedFeed {
  readonly #options: SeedFeedOptions
  #snapshot: SeedSnapshot | undefined
  #listed: readonly Address[] = []
  #notDialed: readonly Address[] = []

  constructor(options: SeedFeedOptions) {
    this.#options = options
  }

  /** What the source is, for people. */
  get origin(): string {
    const { origin } = this.#options.source
    return typeof origin === 'string' ? origin : 'The source of seeds'
  }

  /** The last snapshot; undefined until the first. */
  get snapshot(): SeedSnapshot | undefined {
    return this.#snapshot
  }

  /** Addresses of the last snapshot that are dialed. */
  get listed(): readonly Address[] {
    return this.#listed
  }

  /** Addresses of the last snapshot that would need `security`. */
  get notDialed(): readonly Address[] {
    return this.#notDialed
  }

  /** Follows the source until the signal is aborted. Never rejects. */
  async run(): Promise<void> {
    const { source, timers, signal, urgent } = this.#options
    let pauseMs = RESTART_MS
    while (!signal.aborted) {
      try {
        for await (const snapshot of source.watch({ signal, urgent })) {
          if (signal.aborted) return
          pauseMs = RESTART_MS
          this.#take(snapshot)
        }
        // A fixed list may end; it has said all.
        return
      } catch (error) {
        if (signal.aborted) return
        const reason = error instanceof Error ? error.message : String(error)
        const seeds = this.#snapshot?.seeds ?? []
        const message = `The source of seeds failed (${reason})${keptText(seeds)}.`
        const problem = { type: 'source-failed', message }
        this.#snapshot = { seeds, problem }
        this.#options.onProblem(problem)
      }
      await sleep(timers, pauseMs, signal)
      pauseMs = Math.min(pauseMs * 2, MAX_RESTART_MS)
    }
  }

  #take(snapshot: SeedSnapshot): void {
    const { port, loopbackOnly, onSeeds, onNotDialed, onProblem } = this.#options
    const listed = new Set<Address>()
    const notDialed = new Set<Address>()
    for (const seed of snapshot.seeds) {
      const ip = canonicalIp(seed.address)
      if (ip === undefined || listed.size >= MAX_SEEDS) continue
      const address = formatAddress(ip, seed.port ?? port)
      if (loopbackOnly && !isLoopback(ip)) notDialed.add(address)
      else listed.add(address)
    }
    this.#snapshot = snapshot
    this.#listed = [...listed]
    this.#notDialed = [...notDialed]
    for (const address of notDialed) onNotDialed(address)
    if (snapshot.problem) onProblem(snapshot.problem)
    onSeeds([...listed])
  }
}
