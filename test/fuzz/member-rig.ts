// A whole member, of production code but for its sockets, that some peers send bad frames to: with a hello before them, and
// without. Whatever comes, it may throw nothing, report no bug of its own, and let nobody who has not said hello change its view.
import type { Cluster, MemberChange } from '@rollcall/membership'
import {
  type DecodedFrame,
  decodeFrame,
  encodeFrames,
  joinOn,
  type ListenerHandlers,
} from '@rollcall/membership/internal'
import { RandomStream } from '@rollcall/testkit'
import { CLUSTER_ID, type Corpus, download, echo, serveAll, upload } from './corpus.ts'
import { hasNumber, setNumber } from './message-items.ts'
import { mutated } from './mutate.ts'
import { MemoryConnection, World } from './world.ts'

/** Members in the view: few, so that it is full now and then. */
const MOST_MEMBERS = 32
const FRAMES_PER_TURN = 16
/** How often its application looks at everything, and asks the others things. */
const TURNS_PER_LOOK = 1000
const TURNS_PER_TALK = 16
/** How long a life lasts at most: every one ends with the memory that it took given back. */
const FRAMES_PER_LIFE = 250_000

/** What was wrong, and the frame after which it was. */
export class FuzzError extends Error {
  constructor(what: string, seed: number, frame: number, bytes: Uint8Array, cause?: unknown) {
    super(`${what}; seed ${seed}, frame ${frame}: ${Buffer.from(bytes).toString('hex').slice(0, 2000)}`, {
      cause,
    })
    this.name = 'FuzzError'
  }
}

/** How it went. */
export interface RigTotals {
  frames: number
  /** Without a hello before them. */
  unauthenticated: number
  lives: number
  links: number
  /** What became of those behind a hello: protocol frames as they decoded, and frames of messages. */
  message: number
  'unknown-frame': number
  'bad-frame': number
  'too-large': number
  items: number
  /** Counters of all lives. */
  readonly counters: Record<string, number>
}

interface Peer {
  readonly name: string
  readonly hello: Uint8Array
  connection: MemoryConnection | undefined
  /** The number of its next frame of items, and their epoch. */
  next: number
  epoch: number
  /** Numbers of requests of the member that wait for an answer of this peer. */
  readonly asked: number[]
}

export class MemberRig {
  readonly totals: RigTotals = {
    ...{ frames: 0, unauthenticated: 0, lives: 0, links: 0, counters: {} },
    ...{ message: 0, 'unknown-frame': 0, 'bad-frame': 0, 'too-large': 0, items: 0 },
  }
  readonly #seed: number
  readonly #random: RandomStream
  readonly #corpus: Corpus
  readonly #world = new World()
  readonly #peers: Peer[]
  #listening: ListenerHandlers | undefined
  #cluster: Cluster | undefined
  #problem: string | undefined
  #last: Buffer = Buffer.alloc(0)

  constructor(seed: number, corpus: Corpus) {
    this.#seed = seed
    this.#random = new RandomStream(seed)
    this.#corpus = corpus
    this.#peers = [...corpus.hellos]
      .filter(([name]) => name !== 'm-0')
      .map(([name, message]) => {
        // A copy: what the encoder gives is a view of megabytes.
        const hello = Buffer.from(encodeFrames(message)[0] as Uint8Array)
        return { name, hello, connection: undefined, next: 0, epoch: 1, asked: [] }
      })
  }

  /** Sends so many frames; `rests` is called whenever a member has left, with how many there were. Throws a FuzzError. */
  async run(frames: number, rests: (done: number) => Promise<void> = async () => {}): Promise<void> {
    const end = this.totals.frames + frames
    while (this.totals.frames < end) {
      await this.#join()
      const until = Math.min(end, this.totals.frames + FRAMES_PER_LIFE)
      for (let turn = 0; this.#cluster !== undefined && this.totals.frames < until; turn++) {
        await this.#turn(turn)
      }
      await this.#leave()
      await rests(this.totals.frames)
    }
  }

  async #turn(turn: number): Promise<void> {
    try {
      for (let i = 0; i < FRAMES_PER_TURN && this.#cluster !== undefined; i++) this.#sendOne()
      if (turn % TURNS_PER_TALK === 0) this.#talk()
      if (turn % TURNS_PER_LOOK === 0) this.#look()
      this.#world.advance(this.#random.chance(0.01) ? 5000 : this.#random.below(20))
    } catch (error) {
      throw this.#error('it throws', error)
    }
    // Handlers of the application go on.
    await (turn % 8 === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined)
    if (this.#problem !== undefined) throw this.#error(this.#problem)
  }

  #error(what: string, cause?: unknown): FuzzError {
    return new FuzzError(what, this.#seed, this.totals.frames, this.#last, cause)
  }

  async #join(): Promise<void> {
    const problem = (fields: object, text: string) => {
      const { err, kind } = fields as { err?: Error; kind?: string }
      // What the application's own handlers threw is none of it.
      if (kind === undefined) this.#problem = `${text}: ${err?.stack ?? ''}`
    }
    const ignore = () => {}
    const platform = this.#world.platform(this.#random.stream(`life ${this.totals.lives}`), {
      listening: (handlers) => {
        this.#listening = handlers
      },
      dial: (_address, _timeoutMs, handlers) => {
        this.#world.soon(() => {
          if (this.#random.chance(0.5)) handlers.connected()
          if (this.#random.chance(0.9))
            handlers.failed(this.#random.pick(['refused', 'timeout', 'other'] as const))
          else handlers.opened(this.#connection())
        })
        return { abandon: ignore }
      },
    })
    const cluster = await joinOn(platform, {
      ...{ name: 'm-0', clusterId: CLUSTER_ID, host: '127.0.0.1', port: 7946, security: 'none' },
      seeds: async () => ['10.0.0.1:7946', '10.0.0.2:7946'],
      limits: { members: MOST_MEMBERS, updatesPerSecond: 1e9 },
      logger: { debug: ignore, info: ignore, warn: ignore, error: problem },
    })
    this.totals.lives++
    serveAll(cluster)
    const look = ({ member }: MemberChange) => void JSON.stringify([member, cluster.explain(member.name)])
    cluster.on('member-joined', look)
    cluster.on('member-updated', look)
    cluster.on('member-suspected', look)
    cluster.on('member-failed', look)
    cluster.on('member-restarted', look)
    this.#cluster = cluster
    void cluster.closed.then(() => this.#ended(cluster))
    for (const peer of this.#peers) peer.connection = undefined
  }

  #ended(cluster: Cluster): void {
    if (this.#cluster !== cluster) return
    this.#cluster = undefined
    const { counters } = this.totals
    for (const [name, count] of Object.entries(cluster.diagnosis().counters))
      counters[name] = (counters[name] ?? 0) + count
  }

  async #leave(): Promise<void> {
    const cluster = this.#cluster
    if (cluster === undefined) return
    let isOver = false
    void cluster.leave({ timeoutMs: 10, handoverTimeoutMs: 0 }).then(() => {
      isOver = true
    })
    for (let i = 0; !isOver; i++) {
      this.#world.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
      if (i > 1000) throw this.#error('it does not leave')
    }
    this.#ended(cluster)
    // What the rig still holds would keep the member that has left in memory.
    for (const peer of this.#peers) Object.assign(peer, { connection: undefined, asked: [] })
    this.#listening = undefined
  }

  /** One bad frame, from somebody who has said hello, or not. */
  #sendOne(): void {
    this.totals.frames++
    if (this.#random.chance(0.05)) this.#sendAsStranger()
    else this.#sendAsMember()
    this.#world.settle()
  }

  #sendAsStranger(): void {
    const before = this.#cluster?.view
    this.totals.unauthenticated++
    const connection = this.#accept(() => {})
    this.#last = this.#frame()
    if (isOwnHello(this.#last)) return
    connection.receive(this.#last)
    this.#world.settle()
    if (this.#cluster?.view !== before) throw new Error('a stranger changed the view')
    connection.end(undefined)
  }

  #sendAsMember(): void {
    const peer = this.#random.pick(this.#peers)
    this.#last = peer.asked.length > 0 && this.#random.chance(0.2) ? this.#answerTo(peer) : this.#frame()
    if (this.#last[0] !== 0xc1) {
      const decoded = decodeFrame(this.#last)
      this.totals[decoded.type]++
      // All that a bad one can do is to end the link, which takes a hundred times as long: that is tried now and then.
      if (isBad(decoded) && this.#random.chance(0.95)) return
    } else this.totals.items++
    if (peer.connection?.isOpen !== true) this.#greet(peer)
    if (hasNumber(this.#last) && this.#random.chance(0.95)) setNumber(this.#last, peer.next++)
    peer.connection?.receive(this.#last)
  }

  #frame(): Buffer {
    return mutated(this.#random, this.#corpus)
  }

  /** An answer to something that the member has asked, which may be a bad one. */
  #answerTo({ asked }: Peer): Buffer {
    const id = asked[this.#random.below(asked.length)] as number
    const type = this.#random.pick([3, 4, 6, 8])
    const { fields } = this.#random.pick(this.#corpus.items)
    const flag = type === 6 || type === 8 ? [1] : []
    const rest = this.#random.chance(0.5) ? fields.subarray(flag.length + 1) : fields
    const all = Buffer.concat([Buffer.from([...flag, ...varint(id)]), rest])
    const head = Buffer.of(0xc1, 1, 0, 0, 0, 0, type, 0, 0, 0)
    head.writeUIntBE(all.length, 7, 3)
    return Buffer.concat([head, all])
  }

  #accept(sent: (frame: Uint8Array, connection: MemoryConnection) => void): MemoryConnection {
    const connection: MemoryConnection = new MemoryConnection(
      this.#world,
      (frame) => sent(frame, connection),
      () => {},
    )
    this.totals.links++
    this.#listening?.opened(connection, () => {})
    return connection
  }

  #greet(peer: Peer): void {
    const connection = this.#accept((frame, from) => this.#onFrame(peer, from, frame))
    Object.assign(peer, { connection, next: 0, epoch: 1 })
    connection.receive(peer.hello)
    this.#world.settle()
  }

  /** A connection that the member has dialed: whoever is there says something. */
  #connection(): MemoryConnection {
    const connection: MemoryConnection = new MemoryConnection(
      this.#world,
      () => {},
      () => {},
    )
    this.#world.soon(() => connection.receive(this.#frame()))
    this.#world.soon(() => this.#world.soon(() => connection.end(undefined)))
    return connection
  }

  /** What the member sends to a peer: probes are answered, and numbers taken up, or it would talk to nobody. */
  #onFrame(peer: Peer, connection: MemoryConnection, frame: Uint8Array): void {
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.length)
    if (bytes[0] === 0xc1) {
      if (bytes[1] === 2) this.#follow(peer, connection, bytes)
      else if (bytes[1] === 1) this.#remember(peer, bytes)
      return
    }
    const decoded = decodeFrame(frame)
    if (decoded.type !== 'message') throw new Error(`it sends a bad frame: ${decoded.type}`)
    if (decoded.message.type !== 'ping') return
    const { seq, hash } = decoded.message
    const ack = encodeFrames({ type: 'ack', seq, hash, updates: [] })[0] as Uint8Array
    this.#world.soon(() => connection.receive(ack))
  }

  #follow(peer: Peer, connection: MemoryConnection, frame: Buffer): void {
    const epoch = frame.readUInt32BE(2)
    if (epoch <= peer.epoch) return
    Object.assign(peer, { epoch, next: 0 })
    const copy = Buffer.from(frame)
    this.#world.soon(() => connection.receive(copy))
  }

  /** The first request in a frame. */
  #remember({ asked }: Peer, frame: Buffer): void {
    if (frame[6] !== 2) return
    let id = 0
    for (let at = 10, unit = 1; at < Math.min(frame.length, 18); at++, unit *= 128) {
      const byte = frame.readUInt8(at)
      id += (byte & 0x7f) * unit
      if (byte < 0x80) break
    }
    asked.push(id)
    if (asked.length > 16) asked.shift()
  }

  /** The application asks a member something. */
  #talk(): void {
    const cluster = this.#cluster
    if (cluster === undefined) return
    const { name } = this.#random.pick(this.#peers)
    const ignore = () => {}
    cluster.request(name, echo, { some: ['body'] }, { timeoutMs: 200 }).catch(ignore)
    if (this.#random.chance(0.8)) return
    const chunks = (async function* () {
      yield new Uint8Array(1000)
    })()
    cluster.request(name, upload, 1, { timeoutMs: 200, chunks }).catch(ignore)
    const read = async () => {
      const signal = new AbortController()
      setImmediate(() => setImmediate(() => setImmediate(() => signal.abort())))
      for await (const _ of cluster.stream(name, download, 1, { signal: signal.signal }));
    }
    read().catch(ignore)
  }

  /** The application looks at all there is to see. */
  #look(): void {
    const cluster = this.#cluster
    if (cluster === undefined) return
    const { members } = cluster.view
    if (members.length > MOST_MEMBERS) throw new Error(`${members.length} members in its view`)
    const { counters, ...rest } = cluster.diagnosis()
    JSON.stringify([rest, cluster.links(), members, members.map(({ name }) => cluster.explain(name))])
    if (counters['internal-errors']) throw new Error(this.#problem ?? 'it has counted a bug of its own')
  }
}

function isBad({ type }: DecodedFrame): boolean {
  return type === 'bad-frame' || type === 'too-large'
}

function isOwnHello(frame: Uint8Array): boolean {
  const decoded = decodeFrame(frame)
  return (
    decoded.type === 'message' && decoded.message.type === 'hello' && decoded.message.clusterId === CLUSTER_ID
  )
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return [...bytes, rest]
}
