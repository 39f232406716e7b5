// The one clock of all measurements: monotonic, and the same in every process of this machine.

/** Milliseconds with fractions. Only differences mean anything. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
