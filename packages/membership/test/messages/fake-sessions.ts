// Members with messages and without sockets: sessions that carry items through memory, as lossless and ordered as those
// over links, and that break, freeze and fill up when a test says so.
import type { MemberState } from '../../src/core/fact.ts'
import type { Member, View } from '../../src/member.ts'
import { Exchanges } from '../../src/messages/exchanges.ts'
import type { Body, Item } from '../../src/messages/item.ts'
import { Messenger } from '../../src/messages/messenger.ts'
import type { Session } from '../../src/messages/session.ts'
import type { Logger } from '../../src/shell/log.ts'
import { PeerLog } from '../../src/shell/log.ts'
import { FakePlatform } from './fake-platform.ts'

const MAX_WAITING_BYTES = 4 * 1024 * 1024
const MAX_CHUNK_BYTES = 2 * 1024 * 1024
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** One end of a link between two members. */
export class FakeSession implements Session {
  readonly peer: Session['peer']
  readonly posted: Item[] = []
  other!: FakeSession
  isLinked = true
  isFrozen = false
  readonly #owner: FakeMember
  #waiting: Item[] = []
  #waitingBytes = 0
  #chunkBytes = 0
  #isScheduled = false
  #wasFull = false

  constructor(owner: FakeMember, peer: Session['peer']) {
    this.#owner = owner
    this.peer = peer
  }

  get isWritable(): boolean {
    return this.isLinked && this.#waitingBytes < MAX_WAITING_BYTES
  }

  /** Bytes that wait to be sent, chunks aside. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Those of chunks. */
  get chunkBytes(): number {
    return this.#chunkBytes
  }

  post(item: Item): boolean {
    if (!this.isLinked) return false
    if (!this.#takes(item)) {
      this.#wasFull = true
      return false
    }
    this.posted.push(item)
    this.#waiting.push(copied(item))
    this.#count(item, 1)
    this.#schedule()
    return true
  }

  dropStream(id: number, isAnswer: boolean): void {
    const isOfIt = (item: Item) => item.type === 'chunk' && item.id === id && item.isAnswer === isAnswer
    for (const item of this.#waiting) if (isOfIt(item)) this.#count(item, -1)
    this.#waiting = this.#waiting.filter((item) => !isOfIt(item))
  }

  /** The link breaks, or another takes over from it. */
  break(): void {
    for (const end of [this, this.other]) {
      end.isLinked = false
      end.#waiting = []
      end.#waitingBytes = 0
      end.#chunkBytes = 0
    }
    for (const end of [this, this.other]) end.#owner.exchanges.broken(end)
    for (const end of [this, this.other]) end.#owner.exchanges.linkChanged(end)
  }

  /** A link is in use again. */
  link(): void {
    for (const end of [this, this.other]) end.isLinked = true
    for (const end of [this, this.other]) end.#owner.exchanges.linkChanged(end)
  }

  /** Nothing that was posted here arrives until `thaw`. */
  freeze(): void {
    this.isFrozen = true
  }

  /** The first item that waits arrives, although it is frozen. */
  deliverOne(): void {
    const item = this.#waiting.shift() as Item
    this.#count(item, -1)
    this.other.#owner.exchanges.received(this.other, item)
  }

  thaw(): void {
    this.isFrozen = false
    this.#schedule()
  }

  #takes(item: Item): boolean {
    switch (item.type) {
      case 'chunk':
        return this.#chunkBytes < MAX_CHUNK_BYTES
      case 'send':
      case 'request':
        return this.isWritable
      case 'response':
        return this.#waitingBytes < MAX_ANSWER_BYTES
      case 'failure':
        return this.#waitingBytes < MAX_ANSWER_BYTES || item.message.length + item.body.bytes.length < 32
      default:
        return true
    }
  }

  #count(item: Item, by: 1 | -1): void {
    if (item.type === 'chunk') this.#chunkBytes += by * sizeOf(item)
    else this.#waitingBytes += by * sizeOf(item)
  }

  #schedule(): void {
    if (this.#isScheduled || this.isFrozen) return
    this.#isScheduled = true
    queueMicrotask(() => this.#deliver())
  }

  #deliver(): void {
    this.#isScheduled = false
    while (this.#waiting.length > 0 && !this.isFrozen && this.isLinked) this.deliverOne()
    if (!this.#wasFull || !this.isWritable || this.#chunkBytes >= MAX_CHUNK_BYTES) return
    this.#wasFull = false
    this.#owner.exchanges.writable(this)
  }
}

/** A member with messages. */
export class FakeMember {
  readonly exchanges: Exchanges<unknown>
  readonly messenger: Messenger<unknown>
  readonly lines: string[] = []
  readonly sessions = new Map<string, FakeSession>()
  readonly platform: FakePlatform
  dropped = 0
  failed = 0
  #view: View

  constructor(name: string, platform: FakePlatform, instance = `${name}-first`) {
    this.platform = platform
    const self = member(name, 'alive', instance, true)
    this.#view = { number: 1, id: '', self, members: [self] }
    const write = (_: object, text: string) => void this.lines.push(text)
    const logger: Logger = { debug: write, info: write, warn: write, error: write }
    this.exchanges = new Exchanges({
      platform,
      log: new PeerLog(logger, platform),
      count: (name) => void (name === 'dropped-messages' ? this.dropped++ : this.failed++),
      view: () => this.#view,
      sessions: this.sessions,
    })
    this.messenger = new Messenger(this.exchanges)
  }

  get view(): View {
    return this.#view
  }

  get self(): Member {
    return this.#view.self
  }

  /** The session with a member. */
  session(name: string): FakeSession {
    return this.sessions.get(name) as FakeSession
  }

  /** The view comes to hold this of a member; nothing for one that is forgotten. */
  see(name: string, state?: MemberState, instance = `${name}-first`): void {
    const others = this.#view.members.filter((each) => each.name !== name)
    const members = state === undefined ? others : [...others, member(name, state, instance, false)]
    this.#view = { ...this.#view, number: this.#view.number + 1, members }
    this.exchanges.viewChanged()
  }
}

/** Members that are linked with each other. */
export function linked(...names: string[]): FakeMember[] {
  const platform = new FakePlatform()
  const members = names.map((name) => new FakeMember(name, platform))
  for (const [i, one] of members.entries()) {
    for (const other of members.slice(i + 1)) connect(one, other)
  }
  return members
}

/** Two members that are linked. */
export function pair(): readonly [FakeMember, FakeMember] {
  return linked('a', 'b') as [FakeMember, FakeMember]
}

/** Lets two members see each other, with a link between them. */
export function connect(one: FakeMember, other: FakeMember): void {
  const there = new FakeSession(one, other.self)
  const back = new FakeSession(other, one.self)
  there.other = back
  back.other = there
  one.sessions.set(other.self.name, there)
  other.sessions.set(one.self.name, back)
  one.see(other.self.name, 'alive', other.self.instance)
  other.see(one.self.name, 'alive', one.self.instance)
}

function member(name: string, state: MemberState, instance: string, isSelf: boolean): Member {
  const fixed = {
    generation: 1,
    incarnation: 0,
    leaving: false,
    addresses: [],
    metadata: undefined,
    since: 0,
  }
  return { name, instance, state, isSelf, ...fixed }
}

function sizeOf(item: Item): number {
  if ('body' in item) return item.body.bytes.length + 20
  return item.type === 'chunk' ? item.bytes.length + 20 : 20
}

/** What arrives is not the sender's memory. */
function copied(item: Item): Item {
  if ('body' in item) return { ...item, body: copiedBody(item.body) }
  return item.type === 'chunk' ? { ...item, bytes: new Uint8Array(item.bytes) } : item
}

function copiedBody(body: Body): Body {
  return { kind: body.kind, bytes: new Uint8Array(body.bytes) }
}
