// What the figures were measured on, for the head of the report.
import { cpus, loadavg, release, totalmem } from 'node:os'

/** The machine, as plain data. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly node: string
  /** Load average of the last minute when the bench began: above zero, something else was running. */
  readonly loadBefore: number
  readonly startedAt: string
}

/** Describes this machine, now. */
export function describeMachine(): Machine {
  const [first] = cpus()
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    startedAt: new Date().toISOString(),
  }
}
