// Bad frames over real connections: one for each connection without a hello, and many behind a hello.
import { fork } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { decodeFrame, encodeFrames } from '@rollcall/membership/internal'
import { RandomStream } from '@rollcall/testkit'
import { CLUSTER_ID, type Corpus, record } from './corpus.ts'
import { megabytes } from './heap.ts'
import type { VictimState } from './live-victim.ts'
import { hasNumber, setNumber } from './message-items.ts'
import { mutateBytes, mutated } from './mutate.ts'
import type { FuzzOptions } from './options.ts'
import { epochIn, isClose, payloads, upgrade, webSocketFrame } from './websocket-bytes.ts'

/** Connections at once. */
const STRANGERS_AT_ONCE = 64
const MEMBERS_AT_ONCE = 16
/** Frames behind one hello, if nothing closes the connection before. */
const FRAMES_PER_LINK = 200
/** Of what a stranger sends, so much is not even the WebSocket protocol. */
const RAW_SHARE = 0.25
/** Nothing is answered for so long where nothing will be. */
const IDLE_MS = 2000
/** After each part of a long run the heap is looked at. The first parts are those without a hello. */
const PARTS = 10
const STRANGE_PARTS = 3
const LONG_RUN_FRAMES = 50_000
/** By then nearly all is compiled, and the encoder has the largest buffer that it will need. */
const LEAST_WARM_UP_FRAMES = 100_000
/** Of the frames of a longer run, so many more are sent before it: the engine's data on compiled code grows for long. */
const WARM_UP_SHARE = 0.3
/** Looks at a view that does not change, half a second apart: longer than what has ended is remembered. */
const CALM_POLLS = 16
const MOST_GROWTH = 0.05
/** Each address has ports enough for what waits for its end in the kernel. */
const SOURCES = 64

/** How a run is told of, and what its victim is. */
export interface LiveOptions {
  readonly say?: (line: string) => void
  /** Whether the victim runs what was built, which is quicker, or the sources. */
  readonly isBuilt?: boolean
}

/** Fuzzes a listener. Gives what was wrong. */
export async function fuzzLive(
  { frames, seed }: Pick<FuzzOptions, 'frames' | 'seed'>,
  { say = () => {}, isBuilt = false }: LiveOptions = {},
): Promise<string[]> {
  const corpus = await record()
  const victim = await startVictim(isBuilt)
  const fuzz = new LiveFuzz(victim.port, new RandomStream(seed), corpus)
  // In a short run the heap shows nothing yet.
  const isLong = frames >= LONG_RUN_FRAMES
  try {
    if (isLong) await warmUp(fuzz, Math.max(LEAST_WARM_UP_FRAMES, frames * WARM_UP_SHARE))
    const heap: number[] = []
    const look = async () => {
      if (!isLong) return 'unknown'
      await settled(victim)
      heap.push(await victim.heapBytes())
      return megabytes(heap.at(-1) ?? 0)
    }
    say(`heap ${await look()} after warming up`)
    const start = await victim.state()
    const wrong: string[] = []
    let seconds = 0
    for (let part = 1; part <= PARTS; part++) {
      const count = share(frames, part) - share(frames, part - 1)
      const isStrange = part <= STRANGE_PARTS
      const startedAt = performance.now()
      await (isStrange ? fuzz.strangers(count) : fuzz.members(count))
      seconds += (performance.now() - startedAt) / 1000
      const { view, changes } = await victim.state()
      if (isStrange && view !== start.view)
        wrong.push(`strangers changed the view, number ${start.view}:\n${changes.join('\n')}`)
      const kind = isStrange ? 'without a hello' : 'behind one'
      const done = `${share(frames, part)} frames, the last ${kind}, in ${seconds.toFixed(1)} s`
      say(`${done}, over ${fuzz.connections} connections; heap ${await look()}`)
    }
    const end = await victim.state()
    say(`counters ${JSON.stringify(end.counters)}`)
    const growth = (heap.at(-1) ?? 0) / (heap[0] ?? 0) - 1
    if (isLong) say(`heap at the end ${(growth * 100).toFixed(1)} % above its start`)
    return [
      ...wrong,
      ...end.problems,
      ...(end.accusations === 0 ? [] : [`${end.accusations} accusations of honest members`]),
      ...(isLong && growth > MOST_GROWTH ? ['the heap has grown'] : []),
    ]
  } finally {
    victim.stop()
  }
}

/** How many of the frames have been sent after so many parts. */
function share(frames: number, parts: number): number {
  return Math.ceil((frames * parts) / PARTS)
}

async function warmUp(fuzz: LiveFuzz, frames: number): Promise<void> {
  const strange = share(frames, STRANGE_PARTS)
  await fuzz.strangers(strange)
  await fuzz.members(frames - strange)
}

/** Waits until nobody but the two honest members is in the view, and nothing they still tell each other changes it. */
async function settled(victim: Victim): Promise<void> {
  let calm = 0
  let last: number | undefined
  for (let i = 0; i < 240; i++) {
    const { members, view } = await victim.state()
    const isAlone = members.every((name) => name === 'm-0' || name === 'friend')
    calm = isAlone && view === last ? calm + 1 : 0
    if (calm === CALM_POLLS) return
    last = view
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error('members that are gone still change the view')
}

interface Victim {
  readonly port: number
  state(): Promise<VictimState>
  heapBytes(): Promise<number>
  stop(): void
}

async function startVictim(isBuilt: boolean): Promise<Victim> {
  const child = fork(fileURLToPath(new URL('./live-victim.ts', import.meta.url)), {
    execArgv: [...(isBuilt ? [] : ['--conditions=@rollcall/source']), '--import', 'tsx'],
  })
  const next = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`the victim has ended with ${code}`))
      child.once('exit', onExit)
      child.once('message', (message) => {
        child.off('exit', onExit)
        resolve(message as T)
      })
    })
  const { address } = await next<{ address: string }>()
  const ask = <T>(what: 'state' | 'heap'): Promise<T> => {
    const answer = next<T>()
    child.send(what)
    return answer
  }
  return {
    port: Number(address.split(':')[1]),
    state: () => ask('state'),
    heapBytes: () => ask('heap'),
    stop: () => void child.kill(),
  }
}

class LiveFuzz {
  connections = 0
  readonly #port: number
  readonly #random: RandomStream
  readonly #corpus: Corpus

  constructor(port: number, random: RandomStream, corpus: Corpus) {
    this.#port = port
    this.#random = random
    this.#corpus = corpus
  }

  /** One frame each, and no hello. */
  async strangers(count: number): Promise<void> {
    let left = count
    const one = async () => {
      while (left-- > 0) await this.#talk([this.#strange()])
    }
    await Promise.all(Array.from({ length: STRANGERS_AT_ONCE }, one))
  }

  /** Many frames behind a hello, those first that do not end the connection for sure. */
  async members(count: number): Promise<void> {
    let left = count
    const one = async (_: unknown, index: number) => {
      while (left > 0) {
        const sent = await this.#talk([upgrade, webSocketFrame(this.#hello(`f-${index}`))], () => {
          const frame = this.#frame()
          return isBad(frame) && this.#random.chance(0.9) ? this.#frame() : frame
        })
        // Read after the wait: the others send as well.
        left -= sent
      }
    }
    await Promise.all(Array.from({ length: MEMBERS_AT_ONCE }, one))
  }

  /** Of a process that has just started, in a name that no recorded frame speaks of. */
  #hello(name: string): Uint8Array {
    const [recorded] = this.#corpus.hellos.values()
    if (recorded === undefined) throw new Error('no hello was recorded')
    const record = { addresses: ['127.0.0.1:1'], leaving: false, metadata: new Uint8Array() }
    const life = { name, generation: Date.now() + this.connections, instance: `f-${this.connections}` }
    const self = { ...life, incarnation: 0, state: 'alive', ageMs: 0, record } as const
    return encodeFrames({ ...recorded, self })[0] as Uint8Array
  }

  #frame(): Buffer {
    return mutated(this.#random, this.#corpus)
  }

  /** Bytes of somebody who never says a good hello, not even by bytes that were changed twice. */
  #strange(): Buffer {
    const random = this.#random
    for (;;) {
      let bytes: Buffer = Buffer.concat([upgrade, webSocketFrame(this.#frame())])
      if (random.chance(RAW_SHARE)) bytes = mutateBytes(random, bytes, this.#corpus.pick(random).bytes)
      if (!payloads(bytes).some(isOwnHello)) return bytes
    }
  }

  /**
   * Connects and sends: at once what is first, then the rest, as long as nobody closes the connection. A frame that may end it
   * is followed by a ping, and the answer is waited for. Resolves, once it is closed, with how many of the rest were sent.
   */
  #talk(first: readonly Buffer[], rest?: () => Buffer): Promise<number> {
    this.connections++
    return new Promise((resolve) => {
      let sent = 0
      let number = 0
      const source = `127.0.1.${1 + (this.connections % SOURCES)}`
      const socket: Socket = connect({
        port: this.#port,
        host: '127.0.0.1',
        localAddress: source,
        noDelay: true,
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(Math.max(1, sent)))
      socket.once('connect', () => {
        for (const bytes of first) socket.write(bytes)
        if (rest === undefined) socket.end()
      })
      // The other side has answered: its hello, an ack, or the end.
      socket.on('data', (data) => {
        if (isClose(data)) socket.end()
        if (rest === undefined || !socket.writable || socket.writableLength > 0) return
        const epoch = epochIn(data)
        if (epoch !== undefined) {
          // It begins anew; what we number on goes unread until we do so too.
          socket.write(webSocketFrame(epoch))
          number = 0
        }
        for (let isOver = false; !isOver && sent < FRAMES_PER_LINK; sent++) {
          const frame = rest()
          if (hasNumber(frame) && this.#random.chance(0.95)) setNumber(frame, number++)
          socket.write(webSocketFrame(frame))
          isOver = frame[0] === 0xc1 || isBad(frame)
        }
        if (sent >= FRAMES_PER_LINK) socket.end()
        else socket.write(ping)
      })
      socket.on('end', () => socket.end())
      // After some frames nothing is answered, such as one that says that nothing follows.
      socket.setTimeout(IDLE_MS, () => socket.destroy())
    })
  }
}

const ping = webSocketFrame(
  encodeFrames({ type: 'ping', seq: 1, hash: { high: 0, low: 0 }, updates: [] })[0] as Uint8Array,
)

function isBad(frame: Uint8Array): boolean {
  const { type } = decodeFrame(frame)
  return frame[0] !== 0xc1 && (type === 'bad-frame' || type === 'too-large')
}

function isOwnHello(frame: Uint8Array): boolean {
  const decoded = decodeFrame(frame)
  return (
    decoded.type === 'message' && decoded.message.type === 'hello' && decoded.message.clusterId === CLUSTER_ID
  )
}
