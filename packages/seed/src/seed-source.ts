// What a source of seeds is: where peers may be, as far as is known now, and what is wrong. Plain data.
import type { SeedProblem } from './seed-problem.ts'

/** An address where a peer may be: a hint, not a member. */
export interface Seed {
  /** IPv4, or IPv6 in its shortest form. */
  readonly address: string
  /** Port to dial; without one, the port the member itself listens on. */
  readonly port?: number
  /** Name the source gives for it: the pod's host name, with SRV records. */
  readonly hostname?: string
}

/** The last good set, and what is wrong now. */
export interface SeedSnapshot {
  /** Sorted, without duplicates. Something missing here has not departed: it is only not listed. */
  readonly seeds: readonly Seed[]
  /** Absent while all is well. */
  readonly problem?: SeedProblem
}

/** What `watch` is given. */
export interface WatchOptions {
  /** Ends the iteration at once, quietly. */
  readonly signal: AbortSignal
  /** True while the caller wants news fast: it is alone or isolated, or listed addresses are unreached. */
  readonly urgent: () => boolean
}

/** Where peers may be found. `@rollcall/membership` takes anything of this shape. */
export interface SeedSource {
  /** Keeps clusters apart; the same in every member of one cluster. */
  readonly clusterId?: string
  /** What it is, in a word for people: `DNS`. */
  readonly origin?: string
  /**
   * Yields a snapshot as soon as there is one (empty, or only a problem, as well), then at every change, until
   * it is aborted or left. It does not end or throw by itself.
   */
  watch(options: WatchOptions): AsyncIterable<SeedSnapshot>
}

/** A snapshot of any source, whose problem may be of a class that this package does not know. */
export interface AnySeedSnapshot {
  /** Where peers may be. */
  readonly seeds: readonly Seed[]
  /** Absent while all is well. */
  readonly problem?: { readonly type: string; readonly message: string } | undefined
}

/** A source of any origin: your own, or one typed by `@rollcall/membership`. */
export interface AnySeedSource {
  /** The cluster id that goes with these seeds. */
  readonly clusterId?: string
  /** What it is, in a word for people. */
  readonly origin?: string
  /** Runs until the signal is aborted. */
  watch(options: WatchOptions): AsyncIterable<AnySeedSnapshot>
}
