// The object that `join` resolves with: a core, its driver and its seeds, behind the public interface.
import { EventEmitter } from 'node:events'
import type { Closed, Cluster, LinkState } from '../cluster.ts'
import type { MembershipCore } from '../core/core.ts'
import type { CoreEvent } from '../core/event.ts'
import { isTerminal, type MemberState } from '../core/fact.ts'
import type { Quorum } from '../core/quorum.ts'
import { ClosedError, ForgetError, OptionError, unsaid } from '../errors.ts'
import type { Certificate, Change, ClusterEvents, Member, View } from '../member.ts'
import type { Messages } from '../messages/api.ts'
import type { Messenger } from '../messages/messenger.ts'
import { checkKeys } from '../security/check-keys.ts'
import type { MemberSecurity } from '../security/member-security.ts'
import type { SharedKey } from '../security/options.ts'
import { securityState } from '../security/security-state.ts'
import type { TokenGate } from '../security/token-gate.ts'
import { toCertificate } from './certificate.ts'
import { ChangeQueue } from './changes.ts'
import { type Diagnosis, describe } from './diagnosis.ts'
import { dispatch } from './dispatch.ts'
import type { Driver } from './driver.ts'
import { type BeforeGoodbye, Handover } from './handover.ts'
import { checkLeaveOptions, type LeaveOptions } from './leave-options.ts'
import type { PeerLog } from './log.ts'
import { encodeMetadata } from './metadata.ts'
import { checkNames, checkSignal, checkSize } from './option-checks.ts'
import type { Platform } from './platform.ts'
import { checkReadinessOptions, type Readiness, ReadinessKeeper, type ReadinessOptions } from './readiness.ts'
import type { SeedFeed } from './seed-feed.ts'
import { type SettledOptions, settled } from './settled.ts'
import type { Views } from './views.ts'

/** The parts of a running cluster. */
export interface ClusterParts<M> {
  readonly clusterId: string
  readonly core: MembershipCore
  readonly driver: Driver
  readonly messenger: Messenger<M>
  readonly security: MemberSecurity
  readonly gate: TokenGate | undefined
  readonly seeds: SeedFeed
  readonly views: Views<M>
  readonly platform: Platform
  readonly log: PeerLog
  readonly handoverTimeoutMs: number
  readonly maxMetadataBytes: number
}

/** Implements `Cluster`. */
export class RunningCluster<M> extends EventEmitter<ClusterEvents<M>> implements Cluster<M> {
  readonly clusterId: string
  readonly closed: Promise<Closed<M>>
  readonly serve: Messages<M>['serve']
  readonly request: Messages<M>['request']
  readonly stream: Messages<M>['stream']
  readonly send: Messages<M>['send']
  readonly broadcast: Messages<M>['broadcast']
  readonly writable: Messages<M>['writable']
  readonly #parts: ClusterParts<M>
  readonly #queues = new Set<ChangeQueue<M>>()
  readonly #watchers = new Set<() => void>()
  readonly #handover: Handover<M>
  readonly #readiness: ReadinessKeeper
  #left: Promise<void> | undefined
  /** The goodbye is on its way, or was said. */
  #saysGoodbye = false
  #resolveClosed!: (closed: Closed<M>) => void
  #closing: 'left' | 'superseded' | undefined
  #supersededBy: Member<M> | undefined
  #toldView: View<M>

  constructor(parts: ClusterParts<M>) {
    super()
    this.#parts = parts
    this.clusterId = parts.clusterId
    this.#readiness = new ReadinessKeeper(parts)
    this.#handover = new Handover(parts.platform, parts.log)
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#toldView = this.view
    const { messenger } = parts
    this.serve = messenger.serve.bind(messenger)
    this.request = messenger.request.bind(messenger)
    this.stream = messenger.stream.bind(messenger)
    this.send = messenger.send.bind(messenger)
    this.broadcast = messenger.broadcast.bind(messenger)
    this.writable = messenger.writable.bind(messenger)
  }

  get view(): View<M> {
    return this.#parts.views.view(this.#parts.core.view)
  }

  get quorum(): Quorum {
    return this.#parts.core.quorum
  }

  changes(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Change<M>> {
    this.#refuseWhenClosed()
    checkNames('', options, ['signal'])
    const { signal } = options
    checkSignal(signal)
    const onAbort = () => void queue.return()
    const queue = new ChangeQueue<M>(
      () => this.view,
      () => {
        this.#queues.delete(queue)
        signal?.removeEventListener('abort', onAbort)
      },
    )
    this.#queues.add(queue)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
    return queue
  }

  async settled(options: SettledOptions = {}): Promise<View<M>> {
    this.#refuseWhenClosed()
    const subscribe = (onChange: () => void) => {
      this.#watchers.add(onChange)
      return () => void this.#watchers.delete(onChange)
    }
    const feed = { view: () => this.view, closed: () => this.#closedError(), subscribe }
    return settled(feed, this.#parts.platform, options)
  }

  readiness(options: ReadinessOptions = {}): Readiness {
    const { allowMinority } = checkReadinessOptions(options)
    return this.#readiness.readiness(allowMinority, this.#closing)
  }

  async setMetadata(value: unknown): Promise<void> {
    this.#refuseWhenClosed()
    const metadata = encodeMetadata(value, this.#parts.maxMetadataBytes)
    this.#parts.driver.feed({ type: 'set-metadata', metadata })
  }

  setKeys(keys: readonly SharedKey[]): void {
    this.#refuseWhenClosed()
    const checked = checkKeys('keys', keys)
    const shared = this.#parts.security.keys
    if (shared === undefined) {
      const wanted = 'nothing, since this member was not joined with security.keys'
      throw new OptionError('keys', wanted, unsaid(keys))
    }
    shared.set(checked)
  }

  setExpectedSize(size: number): void {
    this.#refuseWhenClosed()
    this.#parts.driver.feed({ type: 'set-expected-size', size: checkSize(size) })
  }

  forget(name: string): void {
    this.#refuseWhenClosed()
    if (typeof name !== 'string') throw new OptionError('name', 'the name of a member', name)
    const state = this.view.members.find((member) => member.name === name)?.state
    if (state === undefined || !isTerminal(state)) throw new ForgetError(name, state)
    this.#parts.driver.feed({ type: 'forget', name })
  }

  beforeGoodbye(hook: BeforeGoodbye<M>): () => void {
    this.#refuseWhenClosed()
    if (typeof hook !== 'function') throw new OptionError('hook', 'a function', hook)
    if (this.#saysGoodbye) throw new ClosedError('left')
    return this.#handover.add(hook)
  }

  leave(options: LeaveOptions = {}): Promise<void> {
    try {
      const { timeoutMs, handoverTimeoutMs } = checkLeaveOptions(options, this.#parts.handoverTimeoutMs)
      this.#left ??= this.#leave(timeoutMs, handoverTimeoutMs)
      return this.#left
    } catch (error) {
      return Promise.reject(error)
    }
  }

  links(): LinkState[] {
    const { platform, core } = this.#parts
    const now = platform.now()
    const announced = new Map(core.view.members.map((member) => [member.name, member.addresses[0]]))
    return core.links().map(({ peer: { name, instance }, address, dialedByUs, rttMs, openedAt }) => {
      // Of a link that was accepted only the peer's own word says where it listens.
      const where = address ?? announced.get(name)
      return { name, instance, address: where, dialedByUs, rttMs, ageMs: now - openedAt }
    })
  }

  diagnosis(): Diagnosis {
    const { core, driver, seeds, security, gate, platform } = this.#parts
    const { view } = this
    const members: Record<MemberState, number> = { alive: 0, suspect: 0, failed: 0, left: 0 }
    for (const member of view.members) members[member.state]++
    const { sent, received } = driver.links.bytes()
    const facts = {
      isolated: core.isolated,
      quorum: core.quorum,
      members,
      ownAddresses: view.self.addresses,
      seeds: seeds.snapshot,
      listed: { by: seeds.origin, ...core.listed() },
      unreached: core.unreached(),
      exceptions: core.exceptions(),
      notDialed: seeds.notDialed,
      security: securityState(security, gate, driver.links.byCredential(), platform.wallNow()),
      bytesSent: sent,
      bytesReceived: received,
      counters: { ...core.counters, ...driver.counters.all() },
    }
    return { ...facts, text: describe(facts, view, this.clusterId, this.#closing) }
  }

  explain(name: string): Certificate | undefined {
    const { core, platform } = this.#parts
    const certificate = core.explain(name)
    return certificate && toCertificate(certificate, platform, name === core.view.self.name)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave()
  }

  /** The source of seeds has said something. */
  seeded(): void {
    this.#readiness.look()
  }

  /** Called by the driver, in order. */
  deliver(coreEvent: CoreEvent): void {
    this.#readiness.look()
    const event = this.#parts.views.event(coreEvent)
    if (event.type === 'superseded') {
      this.#supersededBy = event.by
      this.#logSuperseded(event.by)
    }
    for (const queue of this.#queues) queue.push(event)
    if (event.type !== 'view-changed') this.#dispatch(event.type, event)
    if (event.view !== this.#toldView) {
      this.#toldView = event.view
      this.#dispatch('view-changed', Object.freeze({ type: 'view-changed', view: event.view }))
    }
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** The core has stopped: calls are refused from now on. */
  stopping(reason: 'left' | 'superseded'): void {
    this.#closing = reason
    this.#readiness.end()
    this.#handover.end(new ClosedError(reason))
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** All sockets are closed. */
  stopped(reason: 'left' | 'superseded'): void {
    for (const queue of this.#queues) queue.end()
    this.#resolveClosed(reason === 'left' ? { type: reason } : { type: reason, by: this.#supersededBy })
  }

  async #leave(timeoutMs: number, handoverTimeoutMs: number): Promise<void> {
    const { driver } = this.#parts
    driver.feed({ type: 'announce-leaving' })
    if (!this.#handover.isEmpty) {
      // Called by a listener, the announcement waits until that has returned.
      await undefined
      if (this.#closing === undefined) await this.#handover.run(this.view, handoverTimeoutMs)
    }
    this.#saysGoodbye = true
    driver.feed({ type: 'leave', timeoutMs })
    await this.closed
  }

  #logSuperseded({ name, instance, addresses, generation }: Member<M>): void {
    this.#parts.log.write(
      'warn',
      { kind: 'superseded', peer: name, generation, instance, addresses },
      `superseded: a newer process at ${addresses.join(', ')} has the name ${name}; this member is closed`,
    )
  }

  #closedError(): ClosedError | undefined {
    return this.#closing === undefined ? undefined : new ClosedError(this.#closing)
  }

  #refuseWhenClosed(): void {
    const error = this.#closedError()
    if (error !== undefined) throw error
  }

  #dispatch(type: string, payload: unknown): void {
    dispatch(this as unknown as EventEmitter, type, payload, (error) => {
      this.#parts.log.write('error', { err: error, event: type }, `a listener of ${type} failed`)
    })
  }
}
