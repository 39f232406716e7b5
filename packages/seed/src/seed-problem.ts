// What can be wrong with a set of seeds: one stable `type` per class, and a sentence for people.

/** Record types that are asked for. */
export type RecordType = 'A' | 'AAAA' | 'SRV'

/** Classes of failure of a name server. */
export type ServerProblemType =
  /** No answer in time. */
  | 'server-silent'
  /** Nothing listens there, or no route. */
  | 'server-unreachable'
  /** SERVFAIL, NOTIMP, FORMERR, or an answer that cannot be read. */
  | 'server-failed'
  /** The REFUSED code: the server does not answer such questions, or not to us. */
  | 'server-refused'
  /** It answers over UDP, but not over TCP, which answers above 512 bytes need. */
  | 'tcp-blocked'

/** What is wrong now. `message` is one readable sentence or two; the rest is for programs. */
export type SeedProblem = { readonly message: string } & (
  | {
      /** The name does not exist, or exists without such records (`no-records`). Normal before the first pod is ready. */
      readonly type: 'no-such-name' | 'no-records'
      /** Full names that were asked. */
      readonly names: readonly string[]
    }
  | {
      readonly type: ServerProblemType
      readonly name: string
      readonly recordType: RecordType
      readonly server: string
      /** Code of Node's resolver, such as `ESERVFAIL`. */
      readonly code: string
    }
  | {
      /** An answer so long that records may have been cut off: DNS messages end at 64 KiB. */
      readonly type: 'near-ceiling'
      readonly name: string
      readonly recordType: RecordType
      readonly records: number
    }
  | {
      /** The SRV answer cannot be read by Node (some 640 pods and more); A and AAAA were asked instead. */
      readonly type: 'srv-unreadable'
      readonly name: string
    }
  | {
      /** SRV targets whose addresses could not be asked for; their last known addresses are kept. */
      readonly type: 'targets-unresolved'
      readonly targets: readonly string[]
    }
  | {
      /** Entries left out because nothing can be dialed there. */
      readonly type: 'unusable-addresses'
      readonly addresses: readonly string[]
    }
  | {
      /** Your own function, or a source inside `combine`, threw or took too long. */
      readonly type: 'source-failed'
    }
  | {
      readonly type: 'several'
      readonly problems: readonly SeedProblem[]
    }
)

/** A source that threw. `kept`: what it gave before, which stays. */
export function sourceFailure(error: unknown, kept: readonly unknown[]): SeedProblem {
  const reason = error instanceof Error ? error.message : String(error)
  return {
    type: 'source-failed',
    message: `A source of seeds failed (${reason})${kept.length > 0 ? '; its last good set is kept' : ''}.`,
  }
}

/** One problem out of any number: none, itself, or `several`. */
export function joinProblems(problems: readonly SeedProblem[]): SeedProblem | undefined {
  const all = flattenProblems(problems)
  if (all.length <= 1) return all[0]
  return { type: 'several', message: all.map((problem) => problem.message).join(' '), problems: all }
}

/** The single problems, with `several` opened up. */
export function flattenProblems(problems: readonly SeedProblem[]): SeedProblem[] {
  return problems.flatMap((problem) =>
    problem.type === 'several' ? flattenProblems(problem.problems) : [problem],
  )
}
