// A real core that belongs to the cluster and lies: what it sends is well formed, and false.
import {
  type CoreMember,
  type CoreOptions,
  createCore,
  type Fact,
  type Input,
  type Life,
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

/** When liars lie, in ms since their start. */
export interface When {
  readonly from: number
  readonly until?: number
}

const EVERY_MS = 100

/** Makes liars of the members of these names, and honest cores of all others. */
export function lyingCore(liars: readonly string[], lying: Lying, when: When) {
  return (options: CoreOptions, now: number): MembershipCore => {
    const core = createCore(options, now)
    if (!liars.includes(options.name)) return core
    const { from, until = Number.POSITIVE_INFINITY } = when
    const links = new Set<number>()
    const startedAt = now
    let toldAt = now
    let round = 0
    const lies = (at: number): Output[] => {
      if (at - toldAt < EVERY_MS || lying.tell === undefined) return []
      toldAt = at
      const others = core.view.members.filter(({ name }) => !liars.includes(name))
      const messages = lying.tell(others, round++, core.view.self)
      return [...links].flatMap((link) =>
        messages.map((message) => ({ type: 'send', link, message }) as const),
      )
    }
    const handle = (input: Input, at: number): Output[] => {
      const outputs = core.handle(input, at)
      if (input.type === 'frame' && input.message.type === 'hello') links.add(input.link)
      if (input.type === 'link-closed') links.delete(input.link)
      if (at - startedAt < from || at - startedAt >= until) return outputs
      const { send } = lying
      const sent = send
        ? outputs.map((each) => (each.type === 'send' ? { ...each, message: send(each.message) } : each))
        : outputs
      return [...sent, ...lies(at)]
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

/** What votes are about. */
export function lifeOf({ name, generation, instance }: CoreMember): Life {
  return { name, generation, instance }
}
