// Why a member is held to stand as it does, as plain data: a death certificate for the failed, a certificate of life
// for the living. Bounded in size whatever happens, and made of what this member itself saw and was told.
import type { MemberState } from './fact.ts'
import type { Life, Millis } from './identity.ts'
import type { DialFailure } from './input.ts'
import type { Gone } from './message.ts'

/** A limit that ran out: the protocol option, and its value. */
export interface Limit {
  /** The option it comes from. */
  readonly option:
    | 'failAfterMs'
    | 'failUnconfirmedAfterMs'
    | 'voteWindowMs'
    | 'secondRefusalMs'
    | 'addressGoneMs'
  /** How long that is here: of `failUnconfirmedAfterMs` a multiple while this member has reason to doubt itself. */
  readonly ms: Millis
}

/** What a verdict rests on. */
export type Ground = 'connection-refused' | 'address-gone' | 'silence'

/** Why a member is taken for dead or is under suspicion. Plain data. */
export type Cause =
  /**
   * Its links broke, and its addresses turned away the redials of these observers (`connection-refused`) or do not
   * answer at all (`address-gone`). `needed`: votes wanted.
   */
  | {
      readonly type: 'connection-refused' | 'address-gone'
      readonly votes: readonly string[]
      readonly needed: number
      /** Absent where enough votes came at once. */
      readonly limit?: Limit
    }
  /**
   * Probes stayed unanswered. `silentMs`: since the earliest of them was sent. `confirmedBy`: the observers, of whom
   * `needed` are wanted for the short limit.
   */
  | {
      readonly type: 'silence'
      readonly silentMs: Millis
      readonly confirmedBy: readonly string[]
      readonly needed: number
      /** Absent while it is only a suspicion. */
      readonly limit?: Limit
    }
  /** Told by another member. `verdict`: who reached it, and on what ground, where that came along. */
  | {
      readonly type: 'told'
      readonly by: string
      readonly verdict?: { readonly by: string; readonly ground: Ground }
    }

/** What was seen of a member, or said about it. */
export type Observation =
  /** Probes of ours without any answer; `asked` also probed it for us, and `denied` said that they got no answer either. */
  | {
      readonly type: 'probe-unanswered'
      readonly asked: readonly string[]
      readonly denied: readonly string[]
    }
  /** An observer's probe went unanswered, or its redials were refused: the first word of each observer. */
  | { readonly type: 'suspicion'; readonly by: string }
  /** An observer of a broken link found every address refusing, or not answering. */
  | { readonly type: 'vote'; readonly by: string; readonly how: Gone['how'] }
  /** It was heard after the first vote, which makes all votes void. */
  | { readonly type: 'veto'; readonly by: string }
  /** Our link to it ended: with the close code of its close frame, or (without one) it broke. */
  | { readonly type: 'link-ended'; readonly code?: number }
  /** What came of dials of ours. `other`: accepted and then reset, or no member. `unanswered`: no answer yet at our vote. */
  | {
      readonly type: 'dial'
      readonly address: string
      readonly result: DialFailure | 'accepted' | 'unanswered'
    }
  /** It contradicted what was said about it, by a higher incarnation. */
  | { readonly type: 'refuted'; readonly incarnation: number }

/** One or more like observations. Times are ms since 1970 in the API, and on the core's clock within it. */
export type Evidence = Observation & {
  /** How often. */
  readonly count: number
  /** When first; for probes, when the first was sent. */
  readonly firstAt: Millis
  /** When last. */
  readonly at: Millis
}

/** How this member itself stood when a certificate was made. */
export interface ObserverState {
  /** Nobody was heard although others are known or listed. */
  readonly isolated: boolean
  /** Factor by which local health stretches our timeouts; 1 is healthy. */
  readonly patience: number
  /** When this process last noticed that it had stalled. */
  readonly stalledAt?: Millis
  /** Members present in its view, itself included. */
  readonly present: number
  /** Members it was linked to. */
  readonly linked: number
}

/** The last suspicion or verdict that a member lived down. */
export interface Recovery {
  /** What the member was taken for. */
  readonly state: 'suspect' | 'failed'
  /** Since when. */
  readonly since: Millis
  /** For what reason. */
  readonly why: Cause
  /** When it was found to be alive. */
  readonly recoveredAt: Millis
}

/** What one member knows about why another, or the same, stands as it does. Plain data. */
export interface CoreCertificate extends Life {
  readonly incarnation: number
  readonly state: MemberState
  /** When it entered that state. */
  readonly since: Millis
  /** For suspect and failed. */
  readonly why?: Cause
  /** When the last frame came from it on a link of ours; absent when none did lately. */
  readonly lastHeardAt?: Millis
  /** In the order in which it came up: until the verdict for failed ones, else of the last ten minutes. At most 32. */
  readonly evidence: readonly Evidence[]
  /** Older pieces of evidence that gave way to newer ones. */
  readonly dropped: number
  readonly recovered?: Recovery
  readonly observer: ObserverState
}
