// What Linux tells of a process: elsewhere there are no such files.
import { readFileSync } from 'node:fs'

const KIB = 1024
const TICK_US = 10_000

/** CPU time since it started, in µs, in steps of 10 ms. */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name, which may have spaces in it; times in user mode and in the kernel.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_US
}

/** How long its main thread was ready to run and had no core to run on, since it started, in µs. */
export function waitedUs(pid: number): number {
  const [, nanoseconds] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return Number(nanoseconds) / 1000
}

/** CPU time that all processes of this machine took since it started, in µs. */
export function machineCpuUs(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1)
  const [, user, nice, system, , , irq, softIrq] = line.split(/\s+/).map(Number)
  const ticks = [user, nice, system, irq, softIrq].reduce<number>((sum, one) => sum + (one ?? 0), 0)
  return ticks * TICK_US
}

export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * KIB
}
