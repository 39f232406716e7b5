// Who a member is: a name that stays, and the life (start) of that name. Facts about lives are ordered, so
// that every member picks the same one, in whatever order it hears of them.

/** Milliseconds on a monotonic clock, or a length of time. */
export type Millis = number

/** A canonical `host:port`, IPv6 in brackets: `10.0.0.1:7946`, `[fd00::1]:7946`. */
export type Address = string

/** A generation further ahead of every clock we know than this is believed from its owner's own hello only. */
export const PLAUSIBLE_AHEAD_MS = 86_400_000

/** One life of a name: a restarted process is a new life. */
export interface Life {
  /** Stays the same across restarts (the StatefulSet pod name). */
  readonly name: string
  /** Wall-clock start time in ms; raised above any remembered life of the same name. */
  readonly generation: number
  /** Random id of this start. */
  readonly instance: string
}

/** Orders two lives of one name: positive when `a` is the newer. */
export function compareLives(a: Life, b: Life): number {
  if (a.generation !== b.generation) return a.generation - b.generation
  return compareText(a.instance, b.instance)
}

/** Whether both are the same start of the same name. */
export function sameLife(a: Life, b: Life): boolean {
  return a.name === b.name && a.generation === b.generation && a.instance === b.instance
}

/** Orders identities across names by (name, instance); used to break ties between two equal links. */
export function compareIdentities(a: Life, b: Life): number {
  return compareText(a.name, b.name) || compareText(a.instance, b.instance)
}

/** Code-unit order, the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
