// Operations on their way to other pods: what is posted in one turn of the event loop to the same pod goes as one request, or
// a few, and is answered as one. What goes wrong with one of them is its own answer, and no matter of the others.
import type { Cluster, Member, Topic } from '@rollcall/membership'
import type { Time } from '../time.ts'
import { BulkLane } from './bulk-lane.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Operation } from './operation.ts'
import type { Transfer } from './transfer.ts'

/** So many are sent at once, so that the other pod can begin while more come: far fewer would cost more than they spare. */
const MAX_OPERATIONS = 128
const MAX_BYTES = 512 * 1024

export interface LaneParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly topic: Topic<Uint8Array, Uint8Array, Uint8Array, Uint8Array>
  /** The most a batch waits for its answer. */
  readonly timeoutMs: number
  /** After that its operations are told that it is late. Default: never. */
  readonly lateMs?: number
  /** How large ones go; undefined if there are none. */
  readonly transfer?: Transfer
  /** By which placement it is sent. */
  readonly placementId: () => string
}

interface Queue {
  readonly member: Member
  readonly operations: Operation[]
}

export class Lane {
  readonly #parts: LaneParts
  readonly #bulk: BulkLane | undefined
  #queues = new Map<string, Queue>()

  constructor(parts: LaneParts) {
    this.#parts = parts
    const { transfer } = parts
    this.#bulk = transfer && new BulkLane({ ...parts, transfer })
  }

  post(member: Member, operation: Operation): void {
    if (operation.largeBytes > 0 && this.#bulk !== undefined) {
      this.#bulk.post(member, operation)
      return
    }
    const queue = this.#queues.get(member.instance)
    if (queue !== undefined) {
      queue.operations.push(operation)
      if (queue.operations.length < MAX_OPERATIONS) return
      this.#queues.delete(member.instance)
      this.#sendAll(queue)
      return
    }
    if (this.#queues.size === 0) this.#parts.time.defer(() => this.#flush())
    this.#queues.set(member.instance, { member, operations: [operation] })
  }

  /** Nobody waits for it any more: if it is large, it goes no further, and fails. */
  cancel(member: Member, operation: Operation): void {
    this.#bulk?.cancel(member, operation)
  }

  #flush(): void {
    const queues = this.#queues
    this.#queues = new Map()
    for (const queue of queues.values()) this.#sendAll(queue)
  }

  #sendAll({ member, operations }: Queue): void {
    let from = 0
    while (from < operations.length) from = this.#send(member, operations, from)
  }

  /** Sends as many as fit into a batch; returns where the next one begins. */
  #send(member: Member, operations: readonly Operation[], from: number): number {
    const { placementId, time, timeoutMs } = this.#parts
    const writer = new ByteWriter()
    writer.text(placementId())
    let latest = 0
    let to = from
    while (to < operations.length && writer.length < MAX_BYTES) {
      const operation = operations[to++] as Operation
      operation.write(writer)
      latest = Math.max(latest, operation.deadline)
    }
    const batch = from === 0 && to === operations.length ? operations : operations.slice(from, to)
    const leftMs = Math.max(1, Math.min(timeoutMs, latest - time.now()))
    this.#request(member, batch, writer.finish(), leftMs)
    return to
  }

  #request(member: Member, batch: readonly Operation[], body: Uint8Array, timeoutMs: number): void {
    const { cluster, lateMs, time, topic } = this.#parts
    const late = () => {
      for (const operation of batch) operation.late?.(member)
    }
    const cancel = lateMs === undefined ? undefined : time.after(lateMs, late)
    cluster.request(member, topic, body, { timeoutMs }).then(
      (answer) => {
        cancel?.()
        deliver(answer, batch, member)
      },
      (error: unknown) => {
        cancel?.()
        for (const operation of batch) operation.failed(error, member)
      },
    )
  }
}

function deliver(answer: Uint8Array, batch: readonly Operation[], member: Member): void {
  const reader = new ByteReader(answer)
  let done = 0
  try {
    for (const operation of batch) {
      operation.answered(reader, member)
      done++
    }
  } catch (error) {
    for (const operation of batch.slice(done)) operation.failed(error, member)
  }
}
