// What `join` resolves with.
import type { EventEmitter } from 'node:events'
import type { Quorum } from './core/quorum.ts'
import type { Certificate, Change, ClusterEvents, Member, View } from './member.ts'
import type { Messages } from './messages/api.ts'
import type { SharedKey } from './security/options.ts'
import type { Diagnosis } from './shell/diagnosis.ts'
import type { BeforeGoodbye } from './shell/handover.ts'
import type { LeaveOptions } from './shell/leave-options.ts'
import type { Readiness, ReadinessOptions } from './shell/readiness.ts'
import type { SettledOptions } from './shell/settled.ts'

/** Why a cluster object is closed. */
export type Closed<M = unknown> =
  | { readonly type: 'left' }
  /** A newer process has this member's name. */
  | { readonly type: 'superseded'; readonly by: Member<M> | undefined }

/** One open link to a member. */
export interface LinkState {
  /** The name of the peer. */
  readonly name: string
  /** Which life of it. */
  readonly instance: string
  /** Where the peer listens, as far as known. */
  readonly address: string | undefined
  /** Whether we have opened it. */
  readonly dialedByUs: boolean
  /** Smoothed round-trip time; undefined until the first answer. */
  readonly rttMs: number | undefined
  /** For how long it has been there. */
  readonly ageMs: number
}

/**
 * This process as a member of a cluster. Never emits `'error'`; a listener that throws, or returns a promise that
 * rejects, is logged and hurts nobody. Events come in order, each after `view` has changed.
 */
export interface Cluster<M = unknown> extends EventEmitter<ClusterEvents<M>>, Messages<M> {
  /** The id of the cluster, as given or taken from the seeds. */
  readonly clusterId: string
  /** Who is here, now. The same object until something changes; after the end, the last one. */
  readonly view: View<M>
  /**
   * Whether more than half of the members there should be are alive here: advice, never a stop. The same object until
   * something in it changes; after the end, the last one.
   */
  readonly quorum: Quorum
  /** Resolves once this member has left or was superseded and all its sockets are closed. Never rejects. */
  readonly closed: Promise<Closed<M>>
  /**
   * The present view, then every event. A reader more than 1,024 events behind gets a `resync` item in place of them.
   * Ends when the signal is aborted or the cluster is closed. Throws OptionError, and ClosedError after that.
   */
  changes(options?: { readonly signal?: AbortSignal }): AsyncIterableIterator<Change<M>>
  /**
   * Resolves with the view once at least `minMembers` are alive, self included, and the same ones for `stableMs`.
   * Rejects with the signal's reason, with ClosedError, or with OptionError.
   */
  settled(options?: SettledOptions): Promise<View<M>>
  /**
   * Whether this member should be given work, and why: for an HTTP probe. Cheap, and never throws but OptionError.
   * Not ready until the seeds have answered and the others are found, at most 10 s after that answer (2 s for who is listed alone); nor in a minority
   * or isolated (see `allowMinority`), once that has lasted for 5 s; nor from the announcement that it leaves on.
   */
  readiness(options?: ReadinessOptions): Readiness
  /**
   * Replaces this member's metadata, everywhere. Resolves once it is in the own view and on its way to the others.
   * Rejects with MetadataTooLargeError, MetadataTypeError or ClosedError.
   */
  setMetadata(value: unknown): Promise<void>
  /**
   * Replaces the shared keys of this process: the first one dials from now on, all are accepted. Links made with a key
   * that is gone are replaced, each before it is closed; one for which that takes longer than 5 s is closed. A key file
   * is followed no more. See docs/kubernetes.md for the steps in which a key is replaced everywhere. Throws OptionError, also where
   * this member was not joined with keys, and ClosedError.
   */
  setKeys(keys: readonly SharedKey[]): void
  /**
   * Says how many members there should be, in this process only: tell each member. Whoever is absent now is expected no
   * more, so this is also how the expected size shrinks after members were lost for good. A name that says of more
   * (`cache-4` of at least five) still counts: `quorum.basis` is `learnt` then. Throws OptionError, ClosedError.
   */
  setExpectedSize(size: number): void
  /**
   * An operator's word that a member that failed or left is gone for good: it leaves every view now, is dialed no more
   * where only it is known there, and old news of it is refused for a day. Should it come back it is welcome. Throws
   * ForgetError, OptionError, ClosedError.
   */
  forget(name: string): void
  /**
   * Has a function run between the announcement that this member leaves and its goodbye: to hand over what it holds.
   * All such hooks run at once, and the goodbye waits until they are done, but no longer than `handoverTimeoutMs`;
   * meanwhile this member is alive and works as ever, marked `leaving` for all. A hook that throws is logged. It must
   * not await `leave()`. Returns a function that takes the hook out again. Throws OptionError, and ClosedError once
   * the goodbye is being said.
   */
  beforeGoodbye(hook: BeforeGoodbye<M>): () => void
  /**
   * Announces that this member leaves, waits for the hooks of `beforeGoodbye` (at most `handoverTimeoutMs`, default as
   * given to `join`; not at all without hooks), says goodbye, waits until the others have heard it (at most
   * `timeoutMs`, finite, default 2000), and closes everything: up to a second more where a frozen peer does not answer
   * the close of its link. Called again it returns the same promise, and the first options hold; also what `await
   * using` does. Rejects with OptionError only.
   */
  leave(options?: LeaveOptions): Promise<void>
  /** The open links to members. */
  links(): LinkState[]
  /** Why this member sees what it sees: seeds, unreached addresses, totals, and a sentence. */
  diagnosis(): Diagnosis
  /**
   * Why a member stands as it does in this view, this one included: which probes, votes, closed links and dials speak
   * for it. Undefined for a name that is not in the view, never was or is forgotten.
   */
  explain(name: string): Certificate | undefined
  /** The same as `leave()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}
