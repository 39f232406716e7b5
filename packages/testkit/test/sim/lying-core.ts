// A real core that belongs to the cluster and lies: what it sends is well formed, and false.
import {
  type CoreMember,
  type CoreOptions,
  createCore,
  type Fact,
  type Input,
  type MembershipCore,
  type Message,
  type Output,
} from '@rollcall/membership/internal'

/** What a liar does beside its duty. */
export interface Lying {
  /** What it sends to each peer, again and again; `round` counts. */
  readonly tell?: (others: readonly CoreMember[], round: number, self: CoreMember) => Message[]
  /** Gives what it sends instead of the truth. */
  readonly send?: (message: Message) => Message
}

const EVERY_MS = 100

/** Makes a liar of the member of this name, and honest cores of all others. */
export function lyingCore(liar: string, lying: Lying, from: { at: number }) {
  return (options: CoreOptions, now: number): MembershipCore => {
    const core = createCore(options, now)
    if (options.name !== liar) return core
    const peers = new Set<number>()
    const startedAt = now
    let toldAt = now
    let round = 0
    const handle = (input: Input, at: number): Output[] => {
      const outputs = core.handle(input, at)
      if (input.type === 'frame' && input.message.type === 'hello') peers.add(input.link)
      if (input.type === 'link-closed') peers.delete(input.link)
      if (at - startedAt < from.at) return outputs
      const { send } = lying
      const sent = send
        ? outputs.map((each) => (each.type === 'send' ? { ...each, message: send(each.message) } : each))
        : outputs
      if (at - toldAt < EVERY_MS || lying.tell === undefined) return sent
      toldAt = at
      const messages = lying.tell(
        core.view.members.filter(({ name }) => name !== liar),
        round++,
        core.view.self,
      )
      const lies = [...peers].flatMap((link) =>
        messages.map((message) => ({ type: 'send', link, message }) as const),
      )
      return [...sent, ...lies]
    }
    return new Proxy(core, {
      get: (target, key) => {
        if (key === 'handle') return handle
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }
}

/** A claim about a member. */
export function claim(member: CoreMember, change: Partial<Fact>): Fact {
  const { name, generation, instance, incarnation } = member
  return { name, generation, instance, incarnation, state: 'alive', ageMs: 0, ...change }
}
