// Large operations on their way to other pods: each by itself, and a few at a time to each pod, while the others wait for
// their turn. So what is begun is carried through, however much is wanted: nothing is given up and begun anew while its bytes
// are coming.
import { BackpressureError, type Member, RequestTimeoutError } from '@rollcall/membership'
import type { Time } from '../time.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Operation } from './operation.ts'
import type { Transfer } from './transfer.ts'

/** Under way to each pod: with one alone the link would be idle from its end to the start of the next. */
const MOST_BYTES = 4 * 1024 * 1024
/** A member has at most 64 streams with another one, of whatever kind. */
const MOST_AT_ONCE = 12

export interface BulkLaneParts {
  readonly time: Time
  readonly topic: { readonly name: string }
  readonly transfer: Transfer
  /** The most an operation waits while nothing of it moves. */
  readonly timeoutMs: number
  /** By which placement it is sent. */
  readonly placementId: () => string
}

/** What goes to one pod. */
interface Queue {
  /** Those in turn, some of them given up. */
  readonly waiting: Transit[]
  readonly underWay: Set<Transit>
  /** Of those under way. */
  bytes: number
}

export class BulkLane {
  readonly #parts: BulkLaneParts
  /** By instance. */
  readonly #queues = new Map<string, Queue>()

  constructor(parts: BulkLaneParts) {
    this.#parts = parts
  }

  post(member: Member, operation: Operation): void {
    const known = this.#queues.get(member.instance)
    const queue = known ?? { waiting: [], underWay: new Set<Transit>(), bytes: 0 }
    if (known === undefined) this.#queues.set(member.instance, queue)
    const silent = () => {
      // It will be so with all others. Who can, asks another pod.
      for (const transit of queue.waiting.splice(0)) transit.end()
    }
    queue.waiting.push(new Transit(this.#parts, member, operation, silent))
    this.#next(member, queue)
  }

  /** Nobody waits for it any more: it fails. */
  cancel({ instance }: Member, operation: Operation): void {
    const queue = this.#queues.get(instance)
    const transits = [...(queue?.underWay ?? []), ...(queue?.waiting ?? [])]
    transits.find((transit) => transit.operation === operation)?.end()
  }

  #next(member: Member, queue: Queue): void {
    while (queue.underWay.size < MOST_AT_ONCE) {
      const [transit] = queue.waiting
      const bytes = transit?.operation.largeBytes ?? 0
      if (transit === undefined || (queue.bytes > 0 && queue.bytes + bytes > MOST_BYTES)) break
      queue.waiting.shift()
      if (transit.isOver) continue
      queue.underWay.add(transit)
      queue.bytes += bytes
      void transit.start().then(() => {
        queue.underWay.delete(transit)
        queue.bytes -= bytes
        this.#next(member, queue)
      })
    }
    if (queue.underWay.size === 0) this.#queues.delete(member.instance)
  }
}

/** One operation on its way to a pod. */
class Transit {
  readonly operation: Operation
  readonly #member: Member
  readonly #parts: BulkLaneParts
  readonly #silent: () => void
  readonly #aborter = new AbortController()
  #stopTimer: () => void
  #isUnderWay = false
  isOver = false

  /** `silent` is called when nothing of it has moved for `timeoutMs`. */
  constructor(parts: BulkLaneParts, member: Member, operation: Operation, silent: () => void) {
    this.#parts = parts
    this.#silent = silent
    this.#member = member
    this.operation = operation
    this.#stopTimer = this.#endIn(Number.POSITIVE_INFINITY)
  }

  async start(): Promise<void> {
    this.#isUnderWay = true
    const { signal } = this.#aborter
    const moved = () => {
      this.#stopTimer()
      this.#stopTimer = this.#endIn(this.#parts.timeoutMs)
    }
    moved()
    try {
      const answer = await this.#parts.transfer(this.#member, this.#body(), { signal, moved })
      this.operation.answered(new ByteReader(answer), this.#member)
      this.#over()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Before there is an answer. */
  end(): void {
    const { name } = this.#member
    const { timeoutMs, topic } = this.#parts
    if (this.#isUnderWay) this.#aborter.abort(new RequestTimeoutError(name, topic.name, timeoutMs))
    else this.#fail(new BackpressureError(name, 'sender', 'too many large values are under way'))
  }

  #body(): Uint8Array {
    const writer = new ByteWriter()
    writer.text(this.#parts.placementId())
    this.operation.write(writer)
    return writer.finish()
  }

  /** After so long, or at the deadline. */
  #endIn(ms: number): () => void {
    const { time } = this.#parts
    const leftMs = Math.max(1, this.operation.deadline - time.now())
    return time.after(Math.min(ms, leftMs), () => {
      this.end()
      if (ms < leftMs) this.#silent()
    })
  }

  #fail(error: unknown): void {
    this.#over()
    this.operation.failed(error, this.#member)
  }

  #over(): void {
    this.isOver = true
    this.#stopTimer()
  }
}
