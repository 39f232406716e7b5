// One pod from its creation to its end, with what the kubelet does for it: an address, a container that is started again
// when it ends, a readiness probe, and at its deletion SIGTERM, the grace period, SIGKILL.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RandomStream } from '@rollcall/testkit'
import type { Attachment, ClusterNetwork } from '../network/cluster-network.ts'
import type { Dialer } from '../network/dialer.ts'
import type { StatefulSetSpec } from '../spec.ts'
import type { Range, Timings } from '../timings.ts'
import { Container } from './container.ts'
import { podSettings } from './pod-settings.ts'
import { watchReadiness } from './probes.ts'

const DEFAULT_GRACE_SECONDS = 30

/** What all pods of a cluster have in common. */
export interface Surroundings {
  readonly network: ClusterNetwork
  /** Connects from the node. */
  readonly nodeDialer: Dialer
  readonly timings: Timings
  readonly random: RandomStream
}

export class Pod {
  readonly name: string
  readonly ordinal: number
  readonly uid = randomUUID()
  /** Of the template that it was made from. */
  readonly revision: number
  /** What its program has printed, errors included. */
  readonly lines: string[] = []
  /** Exit codes of its containers that have ended. */
  readonly exitCodes: number[] = []
  /** Resolves once nothing is left of it. */
  readonly gone: Promise<void>
  readonly #spec: StatefulSetSpec
  readonly #around: Surroundings
  readonly #onChange: () => void
  /** Aborted when it is deleted: nothing is started any more. */
  readonly #deletion = new AbortController()
  #attachment: Attachment | undefined
  #container: Container | undefined
  #isAddressKnown = false
  #isReady = false
  #isGone = false

  constructor(
    spec: StatefulSetSpec,
    ordinal: number,
    revision: number,
    around: Surroundings,
    onChange: () => void,
  ) {
    this.name = `${spec.name}-${ordinal}`
    this.ordinal = ordinal
    this.revision = revision
    this.#spec = spec
    this.#around = around
    this.#onChange = onChange
    this.gone = this.#live()
  }

  /** The primary one; undefined before it has one. */
  get address(): string | undefined {
    return this.addresses[0]
  }

  get addresses(): readonly string[] {
    return this.#attachment?.addresses ?? []
  }

  /** Whether the API server knows its address, so that Services can list it. */
  get isAddressKnown(): boolean {
    return this.#isAddressKnown && !this.#isGone
  }

  get isReady(): boolean {
    return this.#isReady && !this.isTerminating
  }

  /** Whether its program runs, whatever the API server knows. */
  get isRunning(): boolean {
    return this.#container !== undefined
  }

  get isTerminating(): boolean {
    return this.#deletion.signal.aborted
  }

  /** Resolves once it is gone. A second call may shorten the grace period; none prolongs it. */
  delete(graceSeconds = this.#spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS): Promise<void> {
    if (!this.isTerminating) {
      this.#deletion.abort()
      void this.signal('SIGTERM')
      this.#onChange()
    }
    const grace = setTimeout(() => void this.signal('SIGKILL'), graceSeconds * 1000)
    return this.gone.finally(() => clearTimeout(grace))
  }

  /** SIGKILL for its program, which the kubelet starts again; resolves when it has ended. */
  async kill(): Promise<void> {
    const container = this.#container
    await container?.signal('SIGKILL')
    await container?.exited
  }

  /** Sends a signal to its program, if that runs. */
  async signal(name: NodeJS.Signals): Promise<void> {
    await this.#container?.signal(name)
  }

  async #live(): Promise<void> {
    await this.#pause(this.#around.timings.start)
    if (!this.isTerminating) {
      this.#attachment = await this.#around.network.attach(this.name)
      setTimeout(() => this.#knowAddress(), this.#draw(this.#around.timings.addressKnown))
      for (let starts = 0; !this.isTerminating; starts++) await this.#runContainer(starts)
      await this.#attachment.remove()
    }
    this.#isGone = true
    this.#onChange()
  }

  async #runContainer(earlierStarts: number): Promise<void> {
    const { timings } = this.#around
    if (earlierStarts > 1) await this.#pauseMs(timings.restartBackoffMs * 2 ** (earlierStarts - 2))
    if (this.isTerminating) return
    const { name, uid, addresses } = this
    const { namespace } = this.#attachment as Attachment
    this.#container = new Container({
      ...podSettings(this.#spec, { name, uid, addresses }, this.#around.network.nodeAddress),
      network: namespace,
      onLine: (line) => void this.lines.push(line),
    })
    const end = new AbortController()
    const signal = AbortSignal.any([end.signal, this.#deletion.signal])
    const probed = { address: addresses[0] as string, dialer: this.#around.nodeDialer }
    void watchReadiness(this.#spec, probed, signal, (isReady) => this.#setReady(isReady))
    this.exitCodes.push(await this.#container.exited)
    end.abort()
    this.#container = undefined
    await this.#pause(timings.containerEndSeen)
    this.#setReady(false)
  }

  #knowAddress(): void {
    this.#isAddressKnown = true
    this.#onChange()
  }

  #setReady(isReady: boolean): void {
    if (this.#isReady === isReady) return
    this.#isReady = isReady
    this.#onChange()
  }

  #draw([low, high]: Range): number {
    return this.#around.random.between(low, high)
  }

  #pause(range: Range): Promise<void> {
    return this.#pauseMs(this.#draw(range))
  }

  /** Ends at once when the pod is deleted. */
  async #pauseMs(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#deletion.signal }).catch(() => {})
  }
}
