// What a pod takes when it is full, beside one that has done the same work and keeps nothing of it.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { residentBytes } from './processes.ts'
import { fillKeys, keyName } from './resp-client.ts'
import { startPods } from './servers.ts'

const SETTLE_MS = 3000
/** Half as much again as fits, so that some are evicted. */
const MORE = 1.5
/** The service takes no less than its largest value and that value's overhead. */
const NEARLY_NOTHING = 1_050_496

export interface Filled {
  /** Resident in a pod that may keep the least it can, about 1 MiB. */
  readonly baseBytes: number
  readonly filledBytes: number
  readonly entries: number
  readonly keyBytes: number
}

export async function fillPod(options: {
  readonly valueBytes: number
  readonly maxBytes: number
}): Promise<Filled> {
  const { valueBytes, maxBytes } = options
  const count = Math.ceil((MORE * maxBytes) / valueBytes)
  const { bytes: baseBytes } = await fill(NEARLY_NOTHING, valueBytes, count)
  const { bytes: filledBytes, entries } = await fill(maxBytes, valueBytes, count)
  return { baseBytes, filledBytes, entries, keyBytes: keyName(0).length }
}

async function fill(maxBytes: number, valueBytes: number, count: number) {
  const server = await startPods({ pods: 1, replicas: 1, maxBytes })
  await fillKeys(server.port, count, valueBytes)
  await pause(SETTLE_MS)
  const bytes = residentBytes(server.pids[0] as number)
  const entries = await entriesOf(server.port)
  await server.stop()
  return { bytes, entries }
}

async function entriesOf(port: number): Promise<number> {
  const socket = connect(port, '127.0.0.1')
  socket.write('DBSIZE\r\n')
  const [reply] = await once(socket, 'data')
  socket.destroy()
  return Number(String(reply).slice(1))
}
