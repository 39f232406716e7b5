// An application that talks: every member posts messages, small and large, and streams to others it is linked with, and
// checks what it gets. In order, nothing twice, and nothing missing unless a link broke that may have carried it.
import type { Item, Session, SessionHandlers } from '@rollcall/membership/internal'
import { InvariantError } from '../check.ts'
import type { RandomStream } from '../random.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { Conversation } from './conversation.ts'

/** One member says something about as often. */
const PAUSE_MS = 60

/** The application of one life. */
export class Chatter implements SessionHandlers {
  readonly #random: RandomStream
  readonly #now: () => number
  readonly #conversations = new Map<Session, Conversation>()
  #member: SimMember | undefined
  #streams = 0
  /** Whether it says anything of itself. */
  isTalking = true

  constructor(random: RandomStream, now: () => number) {
    this.#random = random.stream('chatter')
    this.#now = now
  }

  /** Begins once its process is there. */
  begin(member: SimMember): void {
    this.#member = member
    this.#talkLater()
  }

  conversation(session: Session): Conversation {
    const known = this.#conversations.get(session)
    if (known !== undefined) return known
    const conversation = new Conversation(session)
    this.#conversations.set(session, conversation)
    return conversation
  }

  received(session: Session, item: Item): void {
    const wrong = this.conversation(session).hear(item)
    if (wrong !== undefined) this.#fail(session, wrong)
  }

  writable(): void {}

  broken(session: Session): void {
    const conversation = this.conversation(session)
    conversation.broken()
    if (this.isTalking && this.#random.chance(0.5)) conversation.say(this.#size())
  }

  linkChanged(): void {}

  ended(session: Session): void {
    this.#conversations.delete(session)
  }

  #talkLater(): void {
    const { loop } = (this.#member as SimMember).process
    loop.setTimer(loop.now + this.#random.between(1, 2 * PAUSE_MS), () => {
      if (this.isTalking) this.#talk()
      this.#talkLater()
    })
  }

  #talk(): void {
    const { core, sessions } = (this.#member as SimMember).process
    const { name } = this.#random.pick(core.view.members)
    const session = sessions?.sessions.get(name)
    if (session === undefined) return
    const conversation = this.conversation(session)
    for (let i = this.#random.below(6); i >= 0; i--) conversation.say(this.#size())
    if (this.#random.chance(0.05)) conversation.stream(++this.#streams, this.#chunks())
  }

  /** Mostly small, at times so large that it goes in pieces. */
  #size(): number {
    return this.#random.chance(0.03) ? this.#random.below(400_000) : this.#random.below(200)
  }

  #chunks(): number[] {
    const most = this.#random.chance(0.5) ? 65_536 : 1000
    return Array.from({ length: 1 + this.#random.below(12) }, () => this.#random.below(most))
  }

  #fail(session: Session, text: string): never {
    const label = this.#member?.label ?? '?'
    const whole = `${label} got from ${session.peer.name}: ${text}`
    throw new InvariantError('messages', this.#now(), whole, [label, session.peer.name])
  }
}

/** Everything that was posted since the last break has come: to be looked at in a cluster at rest. */
export function checkMessages(simulation: Simulation): void {
  for (const live of simulation.liveByCluster()) {
    for (const from of live) for (const to of live) if (from !== to) checkPair(simulation, from, to)
  }
}

function checkPair(simulation: Simulation, from: SimMember, to: SimMember): void {
  const said = conversationOf(from, to)
  const heard = conversationOf(to, from)
  if (said === undefined || said.sent === 0) return
  const fail = (text: string) => {
    const whole = `${from.label} to ${to.label}: ${text}`
    throw new InvariantError('messages', simulation.clock.now, whole, [from.label, to.label])
  }
  if (heard === undefined) fail('all that was said was lost')
  else if (heard.heardEra !== said.era || heard.heard !== said.sent)
    fail(
      `${said.sent} messages were posted in era ${said.era}, and ${heard.heard} of era ${heard.heardEra} came`,
    )
  if (said.era <= losses(from, to) + losses(to, from)) return
  fail(`broken ${said.era} times, though fewer links were lost`)
}

function conversationOf(one: SimMember, other: SimMember): Conversation | undefined {
  const session = one.process.sessions?.sessions.get(other.name)
  return session?.peer.instance === other.life.instance ? one.chatter?.conversation(session) : undefined
}

function losses(one: SimMember, other: SimMember): number {
  return one.process.sessions?.losses(other.life.instance) ?? 0
}
