// What is counted of a simulated process, so that its traffic can be held against its bounds.

/** What one process has done so far. */
export interface ProcessTotals {
  dials: number
  frames: number
  bytes: number
  wakes: number
  inputs: number
  /** Calls of the application that every peer is told of at once. */
  calls: number
}
