// Turns the core's members, views and events into those the application sees. The same object in gives the same
// object out, so that `===` tells whether something changed, and metadata is decoded once.
import type { CoreEvent } from '../core/event.ts'
import type { CoreMember, CoreView } from '../core/view.ts'
import type { ClusterEvent, Member, View } from '../member.ts'
import { toCertificate } from './certificate.ts'
import type { Clock } from './clock.ts'
import { decodeMetadata } from './metadata.ts'

/** Converts for one cluster. */
export class Views<M> {
  readonly #clock: Clock
  readonly #isSelf: (member: CoreMember) => boolean
  readonly #parse: (value: unknown, member: CoreMember) => M | undefined
  readonly #members = new WeakMap<CoreMember, Member<M>>()
  readonly #views = new WeakMap<CoreView, View<M>>()
  readonly #metadata = new WeakMap<Uint8Array, { readonly value: M | undefined }>()

  /** `clock` is that of the core; `parse` must not throw. */
  constructor(
    clock: Clock,
    isSelf: (member: CoreMember) => boolean,
    parse: (value: unknown, member: CoreMember) => M | undefined,
  ) {
    this.#clock = clock
    this.#isSelf = isSelf
    this.#parse = parse
  }

  /** The application's view. */
  view(view: CoreView): View<M> {
    const known = this.#views.get(view)
    if (known !== undefined) return known
    const made: View<M> = Object.freeze({
      number: view.number,
      id: view.id,
      self: this.member(view.self),
      members: Object.freeze(view.members.map((member) => this.member(member))),
    })
    this.#views.set(view, made)
    return made
  }

  /** The application's member. */
  member(member: CoreMember): Member<M> {
    const known = this.#members.get(member)
    if (known !== undefined) return known
    const { name, generation, instance, incarnation, state, leaving, addresses } = member
    const made: Member<M> = Object.freeze({
      name,
      generation,
      instance,
      incarnation,
      state,
      leaving,
      addresses: Object.freeze([...addresses]),
      metadata: this.#decode(member),
      since: this.#clock.toEpochMs(member.since),
      isSelf: this.#isSelf(member),
    })
    this.#members.set(member, made)
    return made
  }

  /** The application's event. */
  event(event: CoreEvent): ClusterEvent<M> {
    const view = this.view(event.view)
    switch (event.type) {
      case 'isolated':
      case 'quorum-changed':
      case 'view-changed':
        return Object.freeze({ ...event, view })
      case 'superseded':
        return Object.freeze({ ...event, by: this.member(event.by), view })
      case 'member-recovered':
      case 'member-updated':
      case 'member-restarted':
        return Object.freeze({
          ...event,
          member: this.member(event.member),
          previous: this.member(event.previous),
          view,
        })
      case 'member-suspected':
      case 'member-failed':
        return Object.freeze({
          ...event,
          member: this.member(event.member),
          certificate: toCertificate(event.certificate, this.#clock),
          view,
        })
      default:
        return Object.freeze({ ...event, member: this.member(event.member), view })
    }
  }

  #decode(member: CoreMember): M | undefined {
    const known = this.#metadata.get(member.metadata)
    if (known !== undefined) return known.value
    const value = this.#parse(decodeMetadata(member.metadata), member)
    this.#metadata.set(member.metadata, { value })
    return value
  }
}
