// A core that does only what a test tells it, for tests of the simulated network itself.
import type {
  CoreOptions,
  CoreView,
  Input,
  MembershipCore,
  Message,
  Output,
} from '@rollcall/membership/internal'
import type { SimCodec } from '../../src/sim/codec.ts'
import type { NetworkOptions } from '../../src/sim/routes.ts'
import { Simulation } from '../../src/sim/simulation.ts'

/** Frames as JSON; enough for messages without bytes. */
const jsonCodec: SimCodec = {
  encodeFrames: (message) => [new TextEncoder().encode(JSON.stringify(message))],
  decodeFrame: (frame) => ({
    type: 'message',
    message: JSON.parse(new TextDecoder().decode(frame)) as Message,
  }),
}

/** Records its inputs; answers each as scripted. */
export class FakeCore implements MembershipCore {
  readonly received: { at: number; input: Input }[] = []
  /** What it answers to an input. */
  answer: (input: Input) => Output[] = () => []
  wakeAt: number | undefined
  readonly view: CoreView
  readonly isolated = false
  readonly quorum = { state: 'unknown', basis: 'learnt', expected: 1, present: 1 } as const
  readonly urgent = false
  readonly counters = {}
  #next: Output[] = []

  constructor({ name, generation, instance }: CoreOptions, now: number) {
    const self = {
      ...{ name, generation, instance, incarnation: 0, state: 'alive' as const, leaving: false },
      ...{ addresses: [], metadata: new Uint8Array(), since: now },
    }
    this.view = { number: 0, id: '', self, members: [self] }
  }

  handle(input: Input, now: number): Output[] {
    this.received.push({ at: now, input })
    const outputs = [...this.#next, ...this.answer(input)]
    this.#next = []
    return outputs
  }

  /** Has these done together with the answer to the next input. */
  queue(...outputs: Output[]): void {
    this.#next.push(...outputs)
  }

  links(): [] {
    return []
  }

  exceptions(): [] {
    return []
  }

  unreached(): [] {
    return []
  }

  listed() {
    return { addresses: 0, reached: 0 }
  }

  explain(): undefined {
    return undefined
  }

  /** What it received, without seeds, as short words. */
  heard(): string[] {
    return this.received.flatMap(({ input }) => {
      switch (input.type) {
        case 'seeds':
          return []
        case 'frame':
          return [
            `frame ${input.link} ${input.message.type === 'ping' ? input.message.seq : input.message.type}`,
          ]
        case 'dial-failed':
          return [`dial-failed ${input.link} ${input.why}`]
        case 'link-closed':
          return [`link-closed ${input.link} ${input.end.code ?? 'broken'}`]
        case 'dial-connected':
        case 'link-opened':
          return [`${input.type} ${input.link}`]
        default:
          return [input.type]
      }
    })
  }
}

/** A simulation of fake cores; packets take exactly 1 ms. */
export function fakeCluster(...names: string[]) {
  return fakeClusterWith({}, ...names)
}

/** The same with network options. */
export function fakeClusterWith(network: Partial<NetworkOptions>, ...names: string[]) {
  const cores = new Map<string, FakeCore>()
  const simulation = new Simulation({
    seed: 1,
    codec: jsonCodec,
    network: { minLatencyMs: 1, maxLatencyMs: 1, jitterMs: 0, ...network },
    createCore: (options, now) => {
      const core = new FakeCore(options, now)
      cores.set(options.name, core)
      return core
    },
  })
  for (const name of names) simulation.addMember(name)
  simulation.run(1)
  const core = (name: string): FakeCore => {
    const found = cores.get(name)
    if (!found) throw new Error(`There is no core ${name}`)
    return found
  }
  /** Has a member's core do something now. */
  const act = (name: string, ...outputs: Output[]) => {
    core(name).queue(...outputs)
    const { process } = simulation.member(name)
    const wake = () => {
      process.input({ type: 'wake' })
      core(name).received.pop()
    }
    process.loop.readable({ read: wake })
  }
  const dial = (from: string, to: string, link = 1) =>
    act(from, {
      ...{ type: 'dial', link, connectTimeoutMs: 2000 },
      address: simulation.member(to).process.address,
    })
  const ping = (from: string, link: number, ...seqs: number[]) =>
    act(from, ...seqs.map((seq): Output => ({ type: 'send', link, message: pingNumber(seq) })))
  return { simulation, core, act, dial, ping }
}

/** A ping, for tests that only look at its number. */
export function pingNumber(seq: number): Message {
  return { type: 'ping', seq, hash: { high: 0, low: 0 }, updates: [] }
}
