// Certificates: whoever is named in one is a member that really said so. Each observer of a silence has had a probe that
// nobody answered, or no link to probe over; each vote was sent. Judged by what has passed over the links, and not by
// what the verdict says of itself.
import type { CoreEvent, CoreMember, Fact, LinkId, Message } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import type { Simulation } from '../simulation.ts'
import { findLife } from '../truth.ts'

type Accusation = Extract<CoreEvent, { type: 'member-failed' | 'member-suspected' }>
type Subject = Pick<CoreMember, 'name' | 'instance'>

/** A probe, or the request that another makes it. */
interface Ask {
  readonly subject: Subject
  readonly at: number
}

/** What one observer has asked of others, and what came of it. */
class Probes {
  readonly #simulation: Simulation
  readonly #observer: SimMember
  readonly #peers = new Map<LinkId, Subject>()
  readonly #met = new Set<string>()
  readonly #asks = new Map<number, Ask>()
  /** When those were sent that have no answer yet, by instance. */
  readonly #open = new Map<string, number[]>()
  /** Incarnations of an instance up to this one were once not heard when they were probed. */
  readonly #missed = new Map<string, number>()

  constructor(simulation: Simulation, observer: SimMember) {
    this.#simulation = simulation
    this.#observer = observer
  }

  sent(message: Message, link: LinkId): void {
    const peer = this.#peers.get(link)
    if (message.type === 'ping' && peer) this.#ask(message.seq, peer)
    if (message.type === 'ping-request') this.#ask(message.seq, message.target)
  }

  received(message: Message, link: LinkId): void {
    if (message.type === 'hello') this.#greeted(message.self, link)
    if (message.type === 'ack' || (message.type === 'indirect-ack' && message.ok)) this.#answered(message.seq)
  }

  /** Whether a life had its chance to answer at this incarnation, or one after it, as far as this observer could ask. */
  wasMissed(subject: Subject, incarnation: number): boolean {
    const [first = Number.POSITIVE_INFINITY] = this.#open.get(subject.instance) ?? []
    if (this.#isOverdue(first) || !this.#isLinked(subject)) return true
    return (this.#missed.get(subject.instance) ?? -1) >= incarnation
  }

  #ask(seq: number, subject: Subject): void {
    const at = this.#simulation.clock.now
    this.#asks.set(seq, { subject, at })
    const open = this.#open.get(subject.instance)
    if (open) open.push(at)
    else this.#open.set(subject.instance, [at])
  }

  #answered(seq: number): void {
    const ask = this.#asks.get(seq)
    if (ask === undefined) return
    const open = this.#open.get(ask.subject.instance) ?? []
    if (this.#isOverdue(open[0] ?? ask.at)) this.#miss(ask.subject)
    while (open[0] !== undefined && open[0] <= ask.at) open.shift()
  }

  /** Who had no link for a while could not ask: and what it thought of that, it may say on the new link. */
  #greeted(subject: Subject, link: LinkId): void {
    this.#peers.set(link, subject)
    if (this.#met.has(subject.instance) && !this.#isLinked(subject)) this.#miss(subject)
    this.#met.add(subject.instance)
  }

  #miss(subject: Subject): void {
    const life = findLife(this.#simulation, subject)
    if (life) this.#missed.set(subject.instance, life.life.incarnation)
  }

  #isOverdue(at: number): boolean {
    return this.#simulation.clock.now - at >= this.#simulation.protocol.minProbeTimeoutMs
  }

  #isLinked({ instance }: Subject): boolean {
    return this.#observer.process.core.links().some(({ peer }) => peer.instance === instance)
  }
}

/** The facts that a message carries. */
function factsIn(message: Message): readonly Fact[] {
  if (message.type === 'digest') return message.facts
  return 'updates' in message ? message.updates : []
}

/** Listens to all links, and looks at each suspicion and verdict that a member reaches by itself. */
export const certificates: CheckFactory = (simulation) => {
  const probesOf = new Map<SimMember, Probes>()
  /** Who has said that a life at an incarnation is silent, and who that a life is gone. */
  const said = new Set<string>()
  const probes = (observer: SimMember): Probes => {
    const known = probesOf.get(observer)
    if (known) return known
    const made = new Probes(simulation, observer)
    probesOf.set(observer, made)
    return made
  }
  const fail = (observer: SimMember, { name }: Subject, text: string): never => {
    throw new InvariantError('certificates', simulation.clock.now, text, [observer.label, name])
  }
  const silence = (by: string, { instance, incarnation }: Subject & { incarnation: number }) =>
    `${by} silent ${instance} ${incarnation}`
  const vote = (by: string, how: string, { instance }: Subject) => `${by} ${how} ${instance}`

  const claims = (observer: SimMember, fact: Fact) => {
    const claim = silence(observer.name, fact)
    if (said.has(claim)) return
    // An earlier life of its name may have said so before it, and then it passes that on.
    if (!probes(observer).wasMissed(fact, fact.incarnation))
      fail(
        observer,
        fact,
        `${observer.label} says that ${fact.name} is silent, which it never probed in vain`,
      )
    said.add(claim)
  }

  const isWitness = (observer: SimMember, { member, why }: Accusation, by: string): boolean => {
    if (why.type === 'told') return true
    if (why.type === 'silence' && said.has(silence(by, member))) return true
    const hows = why.type === 'address-gone' ? ['refused', 'unreachable'] : ['refused']
    if (why.type !== 'silence' && hows.some((how) => said.has(vote(by, how, member)))) return true
    return by === observer.name && probes(observer).wasMissed(member, member.incarnation)
  }

  return {
    sent(observer, message, link) {
      probes(observer).sent(message, link)
      for (const fact of factsIn(message))
        if (fact.state === 'suspect' && fact.by === observer.name) claims(observer, fact)
      if (message.type === 'gone') said.add(vote(observer.name, message.how, message.member))
    },
    received(observer, message, link) {
      probes(observer).received(message, link)
    },
    event(observer, event) {
      if (event.type !== 'member-failed' && event.type !== 'member-suspected') return
      const { member, why } = event
      if (why.type === 'told') return
      const names = why.type === 'silence' ? why.confirmedBy : why.votes
      const what = why.type === 'silence' ? 'its probe' : 'its vote'
      const about = `${observer.label} calls ${member.name} ${member.state}`
      if (new Set(names).size < names.length) fail(observer, member, `${about} and counts a name twice`)
      for (const by of names) {
        if (by !== member.name && isWitness(observer, event, by)) continue
        fail(observer, member, `${about} and counts ${by} for ${what}, which nobody knows of`)
      }
    },
  }
}
