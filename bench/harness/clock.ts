// The clock that all processes of one machine share.

/** Milliseconds of CLOCK_MONOTONIC, comparable between processes. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
