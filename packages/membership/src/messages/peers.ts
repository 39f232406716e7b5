// Whom messages go to and come from: finds the life of a member that is meant, and ends what is under way with a life
// that the view holds no longer.
import type { RollcallError } from '../errors.ts'
import { OptionError } from '../errors.ts'
import type { Member, View } from '../member.ts'
import { type Gone, MemberGoneError, ToSelfError, UnknownMemberError } from '../message-errors.ts'
import { Peer } from './peer.ts'
import type { Session, SessionTable } from './session.ts'

/** Whom to send to: a member of a view (that life only), or a name (its present life). */
export type To = Member<unknown> | string

/** The error for what was under way. */
export type WhyOver = (mayHaveRun: boolean) => RollcallError

/** All peers of one member. */
export class Peers<M> {
  readonly #peers = new Map<string, Peer<M>>()
  readonly #view: () => View<M>
  readonly #table: SessionTable
  readonly #later: (run: () => void) => void
  readonly #ended: (peer: Peer<M>, why: WhyOver) => void
  #seen: View<M> | undefined
  #members: ReadonlyMap<string, Member<M>> = new Map()

  /** `later` calls back when others have had their turn; `ended`: nothing more is under way with this life, because of that. */
  constructor(
    view: () => View<M>,
    table: SessionTable,
    later: (run: () => void) => void,
    ended: (peer: Peer<M>, why: WhyOver) => void,
  ) {
    this.#view = view
    this.#table = table
    this.#later = later
    this.#ended = ended
  }

  /** The peer that is meant. @throws OptionError, UnknownMemberError, ToSelfError, MemberGoneError */
  meant(to: To): Peer<M> {
    this.refresh()
    const instance = typeof to === 'string' ? undefined : instanceOf(to)
    const name = typeof to === 'string' ? to : to.name
    const peer = this.#peers.get(name)
    const member = peer?.member ?? this.#members.get(name)
    if (member === undefined) {
      throw instance === undefined
        ? new UnknownMemberError(name)
        : new MemberGoneError(name, instance, 'removed', false)
    }
    if (instance !== undefined && instance !== member.instance) {
      throw new MemberGoneError(name, instance, 'restarted', false)
    }
    if (member.isSelf) throw new ToSelfError(name)
    const gone = goneState(member)
    if (gone !== undefined) throw new MemberGoneError(name, member.instance, gone, false)
    return peer ?? this.#add(member)
  }

  /** Everyone else who is present. */
  present(): Peer<M>[] {
    this.refresh()
    const peers: Peer<M>[] = []
    for (const member of this.#members.values()) {
      if (member.isSelf || goneState(member) !== undefined) continue
      peers.push(this.#peers.get(member.name) ?? this.#add(member))
    }
    return peers
  }

  /** The peer of a session; undefined when the view holds another life of that name, or none. */
  of(session: Session): Peer<M> | undefined {
    this.refresh()
    const { name, instance } = session.peer
    const peer = this.#peers.get(name)
    if (peer !== undefined) return peer.member.instance === instance ? peer : undefined
    const member = this.#members.get(name)
    return member === undefined || member.instance !== instance ? undefined : this.#add(member)
  }

  /** All with whom something has been under way. */
  all(): Iterable<Peer<M>> {
    return this.#peers.values()
  }

  /** Takes in the present view. */
  refresh(): void {
    const view = this.#view()
    if (view === this.#seen) return
    this.#seen = view
    this.#members = new Map(view.members.map((member) => [member.name, member]))
    for (const [name, peer] of [...this.#peers]) {
      const member = this.#members.get(name)
      const how = goneHow(peer.member, member)
      if (how === undefined) peer.member = member as Member<M>
      else this.#end(peer, (mayHaveRun) => new MemberGoneError(name, peer.member.instance, how, mayHaveRun))
    }
  }

  /** Ends everything. */
  close(why: WhyOver): void {
    for (const peer of [...this.#peers.values()]) this.#end(peer, why)
  }

  #add(member: Member<M>): Peer<M> {
    const peer = new Peer(member, this.#table, this.#later)
    this.#peers.set(member.name, peer)
    return peer
  }

  #end(peer: Peer<M>, why: WhyOver): void {
    this.#peers.delete(peer.member.name)
    peer.over = why(false)
    this.#ended(peer, why)
    peer.changed()
  }
}

/** A member that is failed or left, although a link to it may be open still. */
function goneState(member: Member<unknown>): 'failed' | 'left' | undefined {
  return member.state === 'failed' || member.state === 'left' ? member.state : undefined
}

/** How the life we knew has ended, if it has. */
function goneHow(known: Member<unknown>, now: Member<unknown> | undefined): Gone | undefined {
  if (now === undefined) return 'removed'
  if (now.instance !== known.instance) return 'restarted'
  return goneState(now)
}

function instanceOf(to: unknown): string {
  const { name, instance } = (typeof to === 'object' && to !== null ? to : {}) as Partial<Member>
  if (typeof name === 'string' && typeof instance === 'string') return instance
  throw new OptionError('to', 'a member, or the name of one', to)
}
