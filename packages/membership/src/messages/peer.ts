// What is under way with one life of one member: exchanges that we began, exchanges of its that are in service here, and
// whoever waits until something can be sent to it.
import type { RollcallError } from '../errors.ts'
import type { Member } from '../member.ts'
import type { Call } from './call.ts'
import type { Request } from './item.ts'
import { Room } from './room.ts'
import type { Service } from './service.ts'
import type { Session, SessionTable } from './session.ts'
import { Numbers, Slots } from './slots.ts'
import { Waiters } from './writable.ts'

/** Most exchanges of one member in service at once, and as many messages. */
export const MAX_IN_SERVICE = 8192
/** Most bytes of bodies of either. */
export const MAX_IN_SERVICE_BYTES: number = 64 * 1024 * 1024
/** Most streams that a member may have open to one other, and as many back. */
export const MAX_OPEN_STREAMS = 64

/** One life of one member. */
export class Peer<M = unknown> {
  /** As the view has it now, or had it last. */
  member: Member<M>
  readonly calls = new Slots<Call>()
  readonly services = new Slots<Service<M>>()
  /** Of messages, which want no answer. */
  readonly messages = new Slots<Service<M>>()
  /** For calls. */
  readonly numbers = new Numbers()
  /** For messages in service. */
  readonly messageNumbers = new Numbers()
  /** Streams that go on when something has changed that may let items through. */
  readonly watchers = new Set<() => void>()
  /** For its exchanges in service. */
  readonly exchangeRoom = new Room(MAX_IN_SERVICE, MAX_IN_SERVICE_BYTES)
  /** For those that may last for good: they leave some to the others. */
  readonly endlessRoom: Room = halfRoom()
  /** For its messages in service. */
  readonly messageRoom = new Room(MAX_IN_SERVICE, MAX_IN_SERVICE_BYTES)
  /** Whoever waits to send. */
  readonly waiters: Waiters
  /** Why nothing more is under way with this life. */
  over: RollcallError | undefined
  readonly #table: SessionTable
  #session: Session | undefined
  #streamsOut = 0
  #streamsIn = 0

  constructor(member: Member<M>, table: SessionTable, later: (run: () => void) => void) {
    this.member = member
    this.#table = table
    this.waiters = new Waiters(() => (this.isWritable ? this.numbers.free : 0), later)
  }

  /** The session with this life, if a link is in use. */
  get session(): Session | undefined {
    if (this.#session?.isLinked) return this.#session
    const found = this.#table.get(this.member.name)
    this.#session = found?.isLinked && found.peer.instance === this.member.instance ? found : undefined
    return this.#session
  }

  /** Whether requests and messages are taken. */
  get isWritable(): boolean {
    return this.session?.isWritable === true && this.numbers.free > 0
  }

  /** How many are in service. */
  get inService(): number {
    return this.services.size + this.messages.size
  }

  /** All that are in service. */
  *inServiceNow(): IterableIterator<Service<M>> {
    yield* this.services.values()
    yield* this.messages.values()
  }

  /** Whether this exchange may come into service. */
  hasRoomFor({ body, timeoutMs, chunks }: Request): boolean {
    const { length } = body.bytes
    if (!this.exchangeRoom.has(length)) return false
    if (chunks !== 'none') return this.#streamsIn < MAX_OPEN_STREAMS
    return timeoutMs > 0 || this.endlessRoom.has(length)
  }

  /** Whether we may open another stream. */
  get mayOpenStream(): boolean {
    return this.#streamsOut < MAX_OPEN_STREAMS
  }

  addCall(call: Call): void {
    this.calls.add(call)
    if (call.isStream) this.#streamsOut++
  }

  /** False when it had ended before. */
  removeCall(call: Call): boolean {
    if (!this.calls.delete(call)) return false
    const wasExhausted = this.numbers.free === 0
    this.numbers.release(call.id)
    if (call.isStream) this.#streamsOut--
    if (wasExhausted) this.changed()
    return true
  }

  addService(service: Service<M>): void {
    const slots = service.isMessage ? this.messages : this.services
    if (!slots.isFree(service.id)) return
    slots.add(service)
    service.room.take(service.bytes)
    service.share?.take(service.bytes)
    if (service.isStream) this.#streamsIn++
  }

  removeService(service: Service<M>): void {
    const slots = service.isMessage ? this.messages : this.services
    if (!slots.delete(service)) return
    service.room.giveBack(service.bytes)
    service.share?.giveBack(service.bytes)
    if (service.isStream) this.#streamsIn--
  }

  /** Something has changed that may let items through: room, a link, or the end of this life. */
  changed(): void {
    for (const watcher of [...this.watchers]) watcher()
    if (this.over === undefined) this.waiters.wake()
    else this.waiters.end()
  }
}

/** For what may take no more than half of what there is. */
export function halfRoom(): Room {
  return new Room(MAX_IN_SERVICE / 2, MAX_IN_SERVICE_BYTES / 2)
}
