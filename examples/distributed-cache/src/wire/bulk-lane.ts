// Large operations on their way to other pods: each by itself, and a few at a time to each pod, while the others wait for
// their turn. So what is begun is carried through, however much is wanted: nothing is given up and begun anew while its bytes
// are coming.
import { BackpressureError, type Member, RequestTimeoutError } from '@rollcall/membership'
import type { Time } from '../time.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Operation } from './operation.ts'
import type { Transfer } from './transfer.ts'

/** To each pod. With one alone the link would be idle from its end to the start of the next. */
const MOST_AT_ONCE = 4

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
    const queue = known ?? { waiting: [], underWay: new Set<Transit>() }
    if (known === undefined) this.#queues.set(member.instance, queue)
    queue.waiting.push(new Transit(this.#parts, member, operation))
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
      const transit = queue.waiting.shift()
      if (transit === undefined) break
      if (transit.isOver) continue
      queue.underWay.add(transit)
      void transit.start().then(() => {
        queue.underWay.delete(transit)
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
  readonly #aborter = new AbortController()
  #stopTimer: () => void
  #isUnderWay = false
  isOver = false

  constructor(parts: BulkLaneParts, member: Member, operation: Operation) {
    this.#parts = parts
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
    return time.after(Math.max(1, Math.min(ms, this.operation.deadline - time.now())), () => this.end())
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
