// One life of a member as the simulator knows it: the truth that views are measured against.
import type { CoreMember } from '@rollcall/membership/internal'
import type { Chatter } from './messages/chatter.ts'
import type { SimProcess } from './sim-process.ts'

/** A time in which a process ran not at all or late. */
export interface Stall {
  readonly from: number
  until: number
  /** How late each batch of work is; Infinity for a process that is stopped. */
  readonly lateMs: number
}

/** A process that was started, with what has been done to it since. */
export class SimMember {
  /** What verbs call it; the name, unless two processes have one name. */
  readonly label: string
  readonly name: string
  /** The id of its cluster. */
  readonly cluster: string
  readonly process: SimProcess
  readonly startedAt: number
  /** Who it was in the end: its generation may have been raised. */
  get life(): CoreMember {
    return this.process.core.view.self
  }
  /** How many members it was told there should be. */
  expectedSize: number | undefined
  /** When it was told to announce that it is about to leave. */
  announcedAt: number | undefined
  /** What it says to others, in runs where members talk. */
  chatter: Chatter | undefined
  /** When it was told to leave. */
  leaveAt: number | undefined
  readonly stalls: Stall[] = []
  /** What its kernel did when it was killed: refused dials, vanished after a reset, or vanished without a word. */
  killed: 'stays' | 'vanishes' | 'vanishes-first' | undefined
  /** When links of it were broken in between. */
  readonly tornAt: number[] = []
  /** When links of it died without a word to either end. */
  readonly silencedAt: number[] = []

  constructor(label: string, name: string, cluster: string, process: SimProcess) {
    this.label = label
    this.name = name
    this.cluster = cluster
    this.process = process
    this.startedAt = process.loop.now
  }

  /** Whether its core runs (perhaps frozen). */
  get isLive(): boolean {
    return this.process.isLive
  }

  /**
   * The longest time within [from, to] that it did not run, in ms. Stalls with less than `gapMs` between them count
   * as one; a late process counts as stalled for that long each time: before a stop and after it, too.
   */
  longestStall(from: number, to: number, gapMs: number): number {
    const within = this.stalls.filter((stall) => stall.until >= from && stall.from <= to)
    const late = within.filter(({ lateMs }) => lateMs !== Number.POSITIVE_INFINITY)
    let longest = Math.max(0, ...late.map(({ lateMs }) => lateMs))
    let start = 0
    let end = Number.NEGATIVE_INFINITY
    for (const stop of within) {
      if (late.includes(stop)) continue
      if (stop.from - end >= gapMs) start = stop.from
      end = Math.min(stop.until, to)
      const beside = late.filter((stall) => stall.from <= end && stall.until >= start)
      longest = Math.max(longest, end - start + 2 * Math.max(0, ...beside.map(({ lateMs }) => lateMs)))
    }
    return longest
  }
}
