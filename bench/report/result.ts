// Rows as they are printed and written: samples summed up and held against the targets. Pure.
import { type RowName, rowKinds, targetOf } from '../targets.ts'

/** One run of something timed. */
export interface Sample {
  readonly ms: number
  /** False: it did not come to pass in time, and `ms` is how long was waited. */
  readonly reached: boolean
  /** What went wrong, in words. */
  readonly note?: string
}

/** A row, as in the JSON file. */
export interface Result {
  readonly name: RowName
  readonly members: number
  readonly runs: number
  /** Null for rows that are no times, and where nothing was measured. */
  readonly medianMs: number | null
  readonly worstMs: number | null
  /** Null where no target was set. */
  readonly targetMs: number | null
  readonly worstTargetMs: number | null
  /** Null where no target was set or nothing was measured. */
  readonly ok: boolean | null
  readonly unit: string
  /** For counts and amounts: the (mean) value, its target and, for amounts, the highest of any member. */
  readonly value: number | null
  readonly target: number | null
  readonly highest: number | null
  /** Runs in which it did not come to pass in time. */
  readonly unreached: number
  /** Every time, in the order of the runs. */
  readonly samplesMs: readonly number[]
  /** What serf LAN takes for the same, in words. */
  readonly serf: string | null
  /** Remarks: what else was seen, what went wrong. */
  readonly notes: readonly string[]
  /** Why this was not measured on this machine. */
  readonly skipped: string | null
  /** Why it could not be measured although it should. */
  readonly error: string | null
}

/** The row of something timed. */
export function timed(
  name: RowName,
  members: number,
  samples: readonly Sample[],
  notes: readonly string[] = [],
): Result {
  const times = samples.map(({ ms }) => ms)
  const unreached = samples.filter(({ reached }) => !reached).length
  const medianMs = median(times)
  const worstMs = Math.max(...times)
  const { most, worst } = targetOf(name, members)
  const withinMost = most === undefined || (medianMs <= most && unreached === 0)
  const withinWorst = worst === undefined || worstMs <= worst
  return {
    ...blank(name, members, samples.length),
    medianMs: toHundredths(medianMs),
    worstMs: toHundredths(worstMs),
    ok: most === undefined ? null : withinMost && withinWorst,
    unreached,
    samplesMs: times.map(toHundredths),
    notes: [...notes, ...samples.flatMap(({ note }) => (note === undefined ? [] : [note]))],
  }
}

/** The row of a count, or of an amount of which `values` gives one for each member. */
export function counted(
  name: RowName,
  members: number,
  runs: number,
  values: readonly number[],
  notes: readonly string[] = [],
): Result {
  const value = values.reduce((sum, one) => sum + one, 0) / values.length
  const { most } = targetOf(name, members)
  return {
    ...blank(name, members, runs),
    value: toHundredths(value),
    highest: values.length > 1 ? toHundredths(Math.max(...values)) : null,
    ok: most === undefined ? null : value <= most,
    notes,
  }
}

/** The row of something that was not measured. */
export function unmeasured(
  name: RowName,
  members: number,
  why: { readonly skipped: string } | { readonly error: string },
): Result {
  return { ...blank(name, members, 0), ...why }
}

/** The middle of the times; of an even number the mean of the two in the middle. */
export function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100
}

function blank(name: RowName, members: number, runs: number): Result {
  const { unit } = rowKinds[name]
  const { most = null, worst = null, serf = null } = targetOf(name, members)
  const isTime = unit === 'ms'
  return {
    name,
    members,
    runs,
    medianMs: null,
    worstMs: null,
    targetMs: isTime ? most : null,
    worstTargetMs: isTime ? worst : null,
    ok: null,
    unit,
    value: null,
    target: isTime ? null : most,
    highest: null,
    unreached: 0,
    samplesMs: [],
    serf,
    notes: [],
    skipped: null,
    error: null,
  }
}
