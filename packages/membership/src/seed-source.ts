// Where peers may be found: the shape that `join` takes. `@rollcall/seed` has sources of this shape; this package does not
// depend on it.

/** An address where a peer may be: a hint, not a member. */
export interface Seed {
  /** An IP address. */
  readonly address: string
  /** Port to dial; without one, the port this member itself listens on. */
  readonly port?: number
  /** Name of the host, for people. */
  readonly hostname?: string
}

/** The last good set, and what is wrong now. */
export interface SeedSnapshot {
  /** Where peers may be. */
  readonly seeds: readonly Seed[]
  /** Absent while all is well. */
  readonly problem?: SeedProblem
}

/** What is wrong with the seeds now. */
export interface SeedProblem {
  /** Stable name of the class of problem. */
  readonly type: string
  /** One readable sentence or two. */
  readonly message: string
}

/** Yields the seeds, at first and whenever they change. */
export interface SeedSource {
  /** The cluster id that goes with these seeds; taken when the `clusterId` option is not given. */
  readonly clusterId?: string
  /** What it is, in a word for people: `DNS`. */
  readonly origin?: string
  /** Runs until the signal is aborted; `urgent` says whether news is wanted fast. */
  watch(options: {
    readonly signal: AbortSignal
    readonly urgent: () => boolean
  }): AsyncIterable<SeedSnapshot>
}

/**
 * Returns addresses of possible peers: `'10.0.0.1'`, `'10.0.0.1:7946'`, `'[fd00::1]:7946'`, `'localhost:7946'` or Seed
 * objects. Called about once a second while this member is alone or cannot reach somebody listed, else every 30 s.
 * When it throws or takes longer than 10 s, the last good set stays.
 */
export type SeedFunction = (options: { readonly signal: AbortSignal }) => Promise<readonly (string | Seed)[]>
