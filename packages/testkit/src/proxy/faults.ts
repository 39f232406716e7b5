// The faults a proxy plays, as plain data: every fault is off when absent. Pure: the time is handed in.

/** Added to every chunk that goes one way. */
export interface Delay {
  /** Milliseconds added to every chunk. */
  readonly ms: number
  /** Up to this many milliseconds more, drawn evenly for each chunk; order is kept. */
  readonly jitterMs: number
}

/** What a new connection meets while the network is cut: no answer at all, or a refusal. */
export type ConnectsWhenCut = 'hang' | 'refuse'

/** A cut, of all clients or of one. */
export interface Cut {
  /** What a new connection meets meanwhile. */
  readonly connects: ConnectsWhenCut
}

/** The faults in force. `{}` is a proxy that only passes bytes on. */
export interface Faults {
  /** Nothing passes and new connections are accepted but go nowhere. */
  readonly frozen?: true
  /** Nothing passes, for every client. */
  readonly cut?: Cut
  /** Nothing passes for clients at these addresses. */
  readonly cutFrom?: Readonly<Record<string, Cut>>
  /** Delay of what goes from the clients to the upstream. */
  readonly delayToUpstream?: Delay
  /** Delay of what goes from the upstream to the clients. */
  readonly delayToClient?: Delay
}

/** Why nothing passes for one client right now; undefined when bytes may pass. */
export function blockedBy(faults: Faults, clientAddress: string): 'freeze' | 'cut' | undefined {
  if (faults.frozen) return 'freeze'
  return cutFor(faults, clientAddress) && 'cut'
}

/** The cut that a client is behind, if any. */
export function cutFor(faults: Faults, clientAddress: string): Cut | undefined {
  return faults.cut ?? faults.cutFrom?.[clientAddress]
}

/** When a chunk that arrives now may go on, never before the one in front of it. */
export function dueAt(
  delay: Delay | undefined,
  nowMs: number,
  previousMs: number,
  random: () => number,
): number {
  if (!delay) return Math.max(nowMs, previousMs)
  return Math.max(nowMs + delay.ms + delay.jitterMs * random(), previousMs)
}

const FIRST_RETRY_MS = 200
const LONGEST_RETRY_MS = 120_000

/**
 * When TCP would next send a segment that was first sent at `sentAtMs` and never acknowledged: after 200 ms, then
 * after twice as long each time, at most every 120 s (the timing of Linux on a short path).
 */
export function nextRetransmissionAt(sentAtMs: number, nowMs: number): number {
  let retryMs = FIRST_RETRY_MS
  let at = sentAtMs + retryMs
  while (at < nowMs) {
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    at += retryMs
  }
  return at
}

/** An IPv4 address that arrived on a dual-stack socket, in its plain form. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
}
