// Recorded traffic: every kind of frame that a cluster sends while all sorts of things happen to it, and every kind of item
// of its messages.
import { type Cluster, streamTopic, topic } from '@rollcall/membership'
import { decodeFrame, encodeFrames, type Hello, joinOn } from '@rollcall/membership/internal'
import { drawPlan, playPlan, RandomStream, realParts } from '@rollcall/testkit'
import { type Item, type Items, parseItems } from './message-items.ts'
import { parseTree, type Tree } from './msgpack-tree.ts'
import { MemoryConnection, World } from './world.ts'

/** The cluster that is fuzzed. What is recorded comes from another, unless it says otherwise. */
export const CLUSTER_ID = 'fuzzed'

/** A frame, and its parts where it has any that are known. */
export interface Recorded {
  readonly bytes: Buffer
  readonly tree?: Tree | undefined
  readonly items?: Items | undefined
}

const MOST_OF_A_KIND = 64
const SIMULATED_MEMBERS = 8
/** So many runs, and more until every kind of frame has been seen. */
const LEAST_RUNS = 3
const MOST_RUNS = 50
const protocolKinds = [
  ...['hello', 'ping', 'ack', 'ping-request', 'indirect-ack', 'updates', 'gone', 'veto', 'digest', 'delta'],
  ...['want', 'goodbye', 'goodbye-ack', 'last', 'standing'],
]

/** What was recorded, by kind. */
export class Corpus {
  readonly #kinds = new Map<string, Recorded[]>()
  readonly #lists: Recorded[][] = []
  /** Every item of every frame of messages. */
  readonly items: Item[] = []
  /** How members of the cluster that is fuzzed would say hello, one for each name. */
  readonly hellos = new Map<string, Hello>()

  /** A frame; each kind is as likely as the other. */
  pick(random: RandomStream): Recorded {
    return random.pick(random.pick(this.#lists))
  }

  /** The tree of a frame of the protocol. */
  tree(random: RandomStream): Tree {
    for (;;) {
      const { tree } = this.pick(random)
      if (tree !== undefined) return tree
    }
  }

  /** The kinds there are. */
  get kinds(): string[] {
    return [...this.#kinds.keys()].sort()
  }

  add(kind: string, frame: Uint8Array): void {
    let list = this.#kinds.get(kind)
    if (list === undefined) {
      list = []
      this.#kinds.set(kind, list)
      this.#lists.push(list)
    }
    if (list.length >= MOST_OF_A_KIND) return
    const bytes = Buffer.from(frame)
    const items = parseItems(bytes)
    list.push({ bytes, items, tree: bytes[0] === 0xc1 ? undefined : parseTree(bytes) })
    this.items.push(...(items?.items ?? []))
  }

  /** A frame of messages, which counts for each kind of item in it. */
  takeMessages(frame: Buffer): void {
    if (frame[0] !== 0xc1) return
    const { items } = parseItems(frame) ?? { items: [] }
    for (const type of new Set(items.map(({ type }) => type))) this.add(`item-${type}`, frame)
    if (items.length === 0) this.add(`messages-${frame[1]}`, frame)
  }

  /** A frame of the protocol as it was received. */
  take(frame: Uint8Array): void {
    const decoded = decodeFrame(frame)
    if (decoded.type !== 'message') return
    const { message } = decoded
    this.add(message.type, frame)
    if (message.type !== 'hello') return
    const own: Hello = { ...message, clusterId: CLUSTER_ID }
    if (!this.hellos.has(own.self.name)) this.hellos.set(own.self.name, own)
    this.add('hello-own', encodeFrames(own)[0] as Uint8Array)
  }
}

/** Records. Always the same. */
export async function record(): Promise<Corpus> {
  const corpus = new Corpus()
  const isWhole = () => protocolKinds.every((kind) => corpus.kinds.includes(kind))
  for (let seed = 1; seed <= LEAST_RUNS || (seed <= MOST_RUNS && !isWhole()); seed++)
    recordProtocol(corpus, seed)
  await recordMessages(corpus)
  // Of a link that broke, which none does while they talk.
  corpus.takeMessages(Buffer.of(0xc1, 2, 0, 0, 0, 2))
  return corpus
}

function recordProtocol(corpus: Corpus, seed: number): void {
  const codec = {
    encodeFrames,
    decodeFrame(frame: Uint8Array) {
      corpus.take(frame)
      return decodeFrame(frame)
    },
  }
  playPlan(drawPlan(seed, SIMULATED_MEMBERS), { ...realParts, codec })
}

export const echo = topic('echo')
export const fails = topic('fails')
export const upload = topic('upload')
export const download = streamTopic('download')

/** Serves one topic of each kind. */
export function serveAll(cluster: Cluster): void {
  cluster.serve(echo, (body) => body)
  cluster.serve(fails, (body) => {
    throw new RangeError(JSON.stringify(body) ?? 'nothing')
  })
  cluster.serve(upload, async (_body, { chunks }) => {
    let bytes = 0
    for await (const chunk of chunks ?? []) bytes += chunk.length
    return bytes
  })
  cluster.serve(download, async function* () {
    for (let i = 1; i < 6; i++) yield new Uint8Array(60_000 + i)
  })
}

/** Two members talk to each other. */
async function recordMessages(corpus: Corpus): Promise<void> {
  const world = new World()
  const random = new RandomStream(1)
  const accept: { opened?: (connection: MemoryConnection) => void } = {}
  const to = (other: () => MemoryConnection) => (frame: Uint8Array) => {
    const copy = Buffer.from(frame)
    corpus.takeMessages(copy)
    world.soon(() => other().receive(copy))
  }
  const [b, a] = await Promise.all(
    ['b', 'a'].map((name) =>
      joinOn(
        world.platform(random.stream(name), {
          listening: (handlers) => {
            if (name === 'b') accept.opened = (connection) => handlers.opened(connection, () => {})
          },
          dial: (address, _timeoutMs, handlers) => {
            if (name === 'b' || address !== '127.0.0.1:1') {
              world.soon(() => handlers.failed('refused'))
              return { abandon: () => {} }
            }
            const ours: MemoryConnection = new MemoryConnection(
              world,
              to(() => theirs),
              () => theirs.end(undefined),
            )
            const theirs: MemoryConnection = new MemoryConnection(
              world,
              to(() => ours),
              () => ours.end(undefined),
            )
            world.soon(() => {
              handlers.connected()
              handlers.opened(ours)
              accept.opened?.(theirs)
            })
            return { abandon: () => {} }
          },
        }),
        { name, host: '127.0.0.1', port: name === 'b' ? 1 : 2, seeds: async () => ['127.0.0.1:1'] },
      ),
    ),
  )
  if (a === undefined || b === undefined) throw new Error('two were to join')
  const pass = async (ms: number) => {
    for (let i = 0; i < ms / 5; i++) {
      world.advance(5)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  for (const cluster of [a, b]) serveAll(cluster)
  await pass(100)
  await Promise.all([talk(a, 'b'), talk(b, 'a'), pass(500)])
  await Promise.all([a.leave(), b.leave(), pass(200)])
}

/** Says one of everything to a member. */
async function talk(cluster: Cluster, to: string): Promise<void> {
  const stop = new AbortController()
  const bodies = [
    undefined,
    null,
    0,
    -1.5,
    'text',
    [1, [2]],
    { a: { b: true } },
    new Uint8Array(10),
    'x'.repeat(200_000),
  ]
  const chunks = async function* () {
    for (let i = 1; i < 5; i++) yield new Uint8Array(i * 500)
  }
  const done = [
    ...bodies.map((body) => cluster.request(to, echo, body)),
    ...bodies.slice(0, 4).map((body) => cluster.send(to, echo, body)),
    ...[{ a: 1 }, 'why'].map((body) => cluster.request(to, fails, body)),
    cluster.request(to, topic('unknown'), 1),
    cluster.request(to, upload, 1, { chunks: chunks() }),
    cluster.request(to, upload, 1, { signal: stop.signal, chunks: chunks() }),
    (async () => {
      for await (const _ of cluster.stream(to, download, 1)) stop.abort()
    })(),
    (async () => {
      for await (const _ of cluster.stream(to, download, 1)) break
    })(),
  ]
  await Promise.allSettled(done)
}
