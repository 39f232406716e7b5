// One real core in hand-made time: a test speaks for all its peers, and reads what the core puts out.
import { createCore, type MembershipCore } from '../../src/core/core.ts'
import type { Fact } from '../../src/core/fact.ts'
import type { DialFailure, Input, LinkId } from '../../src/core/input.ts'
import type { Hello, Message } from '../../src/core/message.ts'
import type { CoreOptions } from '../../src/core/options.ts'
import type { Output } from '../../src/core/output.ts'
import { seededRandom } from './seeded-random.ts'

/** The generation of every peer; our own is a second younger. */
export const GENERATION = 1_760_000_000_000

const noHash = { high: 0, low: 0 }

/** A live peer as it describes itself, at one address. */
export function peer(name: string, change: Partial<Fact> = {}, addresses = [`10.0.0.${name}:1`]): Fact {
  return {
    ...{ name, generation: GENERATION, instance: `i-${name}`, incarnation: 0, state: 'alive', ageMs: 0 },
    record: { addresses, leaving: false, metadata: new Uint8Array() },
    ...change,
  }
}

/** What others say about a peer without its record. */
export function rumour(name: string, change: Partial<Fact> = {}): Fact {
  const { record: _, ...fact } = peer(name, change)
  return fact
}

export function hello(self: Fact, change: Partial<Hello> = {}): Hello {
  return { type: 'hello', minVersion: 1, maxVersion: 1, clusterId: 'c', self, hash: noHash, ...change }
}

export function updates(...facts: Fact[]): Message {
  return { type: 'updates', updates: facts }
}

type OutputOf<Type extends Output['type']> = Extract<Output, { type: Type }>
type Sent<Type extends Message['type']> = OutputOf<'send'> & { message: Extract<Message, { type: Type }> }

export class OneCore {
  readonly core: MembershipCore
  readonly outputs: Output[] = []
  /** Whether pings get their acks while time passes. */
  answersPings = true
  /** What becomes of a dial while time passes; undefined leaves it open. */
  dialed: (dial: OutputOf<'dial'>) => void = () => {}
  #now = 1000
  #answered = 0
  #accepted = 0

  constructor(change: Partial<CoreOptions> = {}) {
    const own = { clusterId: 'c', name: 'self', instance: 'i-self', generation: GENERATION + 1000 }
    const rest = { addresses: ['10.0.0.1:1'], metadata: new Uint8Array(), random: seededRandom(1) }
    this.core = createCore({ ...own, ...rest, ...change }, this.#now)
  }

  give(input: Input): void {
    const outputs = this.core.handle(input, this.#now)
    this.outputs.push(...outputs)
    if (outputs.some(({ type }) => type === 'drain')) this.give({ type: 'drained' })
  }

  tell(link: LinkId, message: Message): void {
    this.give({ type: 'frame', link, message })
  }

  /** Somebody dials us and has said nothing yet; gives its link. */
  open(): LinkId {
    const link = --this.#accepted
    this.give({ type: 'link-opened', link })
    return link
  }

  /** A peer dials us and says hello; gives its link. */
  accept(self: Fact): LinkId {
    const link = this.open()
    this.tell(link, hello(self))
    return link
  }

  /** A dial of ours reaches a peer. */
  connect(link: LinkId, self: Fact): void {
    this.give({ type: 'dial-connected', link })
    this.give({ type: 'link-opened', link })
    this.tell(link, hello(self))
  }

  fail(link: LinkId, why: DialFailure = 'refused'): void {
    this.give({ type: 'dial-failed', link, why })
  }

  ack({ link, message }: Sent<'ping'>): void {
    this.tell(link, { type: 'ack', seq: message.seq, hash: noHash, updates: [] })
  }

  /** Lets time pass; pings and dials are answered at once. */
  run(ms: number): void {
    const end = this.#now + ms
    this.#answer()
    while (this.#now < end) {
      const { wakeAt = end } = this.core
      this.#now = Math.min(end, Math.max(wakeAt, this.#now + 1))
      this.give({ type: 'wake' })
      this.#answer()
    }
  }

  /** The process stands still, and then is woken before it reads anything. */
  stall(ms: number): void {
    this.#now += ms
    this.give({ type: 'wake' })
  }

  /** The outputs of one type, from the given place on. */
  all<Type extends Output['type']>(type: Type, from = 0): OutputOf<Type>[] {
    return this.outputs.slice(from).filter((output): output is OutputOf<Type> => output.type === type)
  }

  /** The frames sent of one type, from the given place in the outputs on. */
  sent<Type extends Message['type']>(type: Type, from = 0): Sent<Type>[] {
    return this.all('send', from).filter((send): send is Sent<Type> => send.message.type === type)
  }

  /** The addresses dialed, from the given place in the outputs on. */
  dials(from = 0): string[] {
    return this.all('dial', from).map(({ address }) => address)
  }

  /** The link of the first dial to an address. */
  dialTo(address: string): LinkId {
    const dial = this.all('dial').find((output) => output.address === address)
    if (dial === undefined) throw new Error(`${address} was never dialed`)
    return dial.link
  }

  stateOf(name: string): string | undefined {
    return this.core.view.members.find((member) => member.name === name)?.state
  }

  #answer(): void {
    while (this.#answered < this.outputs.length) {
      const output = this.outputs[this.#answered++] as Output
      if (output.type === 'dial') this.dialed(output)
      if (!this.answersPings || output.type !== 'send') continue
      const { link, message } = output
      if (message.type === 'ping') this.ack({ type: 'send', link, message })
    }
  }
}
