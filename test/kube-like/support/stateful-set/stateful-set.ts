// A StatefulSet: pods with stable names, each life with a new address, and the two Services in front of them.
import { Pod, type Surroundings } from '../pod/pod.ts'
import { Endpoints } from '../service/endpoints.ts'
import type { Endpoint } from '../service/records.ts'
import { checkSpec, type StatefulSetSpec } from '../spec.ts'
import type { Range } from '../timings.ts'
import { nextSteps, type Step } from './next-steps.ts'

const DEADLINE_MS = 60_000

/** How long to wait for what must come, at most. */
export interface Deadline {
  /** Default 60,000. */
  readonly deadlineMs?: number
}

export class StatefulSet {
  /** Every pod there was, oldest first. */
  readonly history: Pod[] = []
  readonly #around: Surroundings
  readonly #services: readonly Endpoints[]
  readonly #waiting = new Set<() => void>()
  #pods: readonly Pod[] = []
  #clientEndpoints: readonly Endpoint[] = []
  #spec: StatefulSetSpec
  #revision = 1
  #isReconciling = false

  constructor(
    spec: StatefulSetSpec,
    around: Surroundings,
    publish: (endpoints: readonly Endpoint[]) => void,
  ) {
    checkSpec(spec)
    this.#spec = spec
    this.#around = around
    const { timings } = around
    const delay =
      ([low, high]: Range) =>
      () =>
        around.random.between(low, high)
    const listed = () =>
      this.#pods.filter((pod) => pod.isAddressKnown && (spec.publishNotReadyAddresses || pod.isReady))
    const ready = () => this.#pods.filter((pod) => pod.isAddressKnown && pod.isReady)
    this.#services = [
      new Endpoints(listed, delay(timings.dns), publish),
      new Endpoints(ready, delay(timings.proxy), (endpoints) => {
        this.#clientEndpoints = endpoints
      }),
    ]
    this.#reconcile()
  }

  /** What ought to be, now. */
  get spec(): StatefulSetSpec {
    return this.#spec
  }

  /** Those that exist, by ordinal: terminating ones too. */
  get pods(): readonly Pod[] {
    return this.#pods
  }

  /** Where the client Service sends new connections: pods that are ready, as far as kube-proxy knows by now. */
  get clientEndpoints(): readonly Endpoint[] {
    return this.#clientEndpoints
  }

  /** The present pod of an ordinal. Throws if there is none. */
  pod(ordinal: number): Pod {
    const pod = this.#pods.find((one) => one.ordinal === ordinal)
    if (pod === undefined) throw new Error(`there is no ${this.#spec.name}-${ordinal} now`)
    return pod
  }

  /** Resolves when all pods that ought to be there are ready, of the present revision, and no other is there. */
  ready(deadline?: Deadline): Promise<void> {
    return this.#until(`${this.#spec.replicas} pods are ready`, () => this.#isSettled(), deadline)
  }

  /** As `kubectl scale`; resolves when it is done. */
  scale(replicas: number, deadline?: Deadline): Promise<void> {
    return this.apply({ replicas }, deadline)
  }

  /** As `kubectl rollout restart`; resolves when it is done. */
  rollingRestart(deadline?: Deadline): Promise<void> {
    return this.apply({ env: { ...this.#spec.env } }, deadline)
  }

  /** As `kubectl apply` of a changed manifest; resolves when it is done. All but `replicas` is of the pods' template. */
  apply(
    changes: Partial<Pick<StatefulSetSpec, 'replicas' | 'env' | 'command'>>,
    deadline?: Deadline,
  ): Promise<void> {
    const spec = { ...this.#spec, ...changes }
    checkSpec(spec)
    this.#spec = spec
    if (changes.env !== undefined || changes.command !== undefined) this.#revision++
    this.#reconcile()
    return this.ready(deadline)
  }

  /** As `kubectl delete pod`: resolves when it is gone. The set starts another one, with a new address. */
  deletePod(ordinal: number, graceSeconds?: number): Promise<void> {
    return this.pod(ordinal).delete(graceSeconds)
  }

  /** Kills its program, as the kernel does out of memory. The kubelet starts it again: same pod, same address. */
  killPod(ordinal: number): Promise<void> {
    return this.pod(ordinal).kill()
  }

  /** SIGSTOP: it answers nobody, while its kernel goes on. */
  freezePod(ordinal: number): Promise<void> {
    return this.pod(ordinal).signal('SIGSTOP')
  }

  /** Ends `freezePod`. */
  thawPod(ordinal: number): Promise<void> {
    return this.pod(ordinal).signal('SIGCONT')
  }

  /** As `kubectl delete statefulset`: ends all pods. */
  async delete(graceSeconds?: number): Promise<void> {
    this.#spec = { ...this.#spec, replicas: 0 }
    await Promise.all(this.#pods.map((pod) => pod.delete(graceSeconds)))
  }

  /** Ends all at once, and tells nobody any more. */
  async close(): Promise<void> {
    await this.delete(0)
    for (const service of this.#services) service.close()
  }

  /** Does what is to be done now. What that changes is followed afterwards, never in the midst of it. */
  #reconcile(): void {
    if (this.#isReconciling) return
    this.#isReconciling = true
    for (let steps = this.#nextSteps(); steps.length > 0; steps = this.#nextSteps()) {
      for (const { type, ordinal } of steps) {
        if (type === 'create') this.#create(ordinal)
        else void this.pod(ordinal).delete()
      }
    }
    this.#isReconciling = false
  }

  #nextSteps(): Step[] {
    const desired = {
      replicas: this.#spec.replicas,
      revision: this.#revision,
      isParallel: this.#spec.podManagementPolicy === 'Parallel',
    }
    return nextSteps(desired, this.#pods)
  }

  #create(ordinal: number): void {
    const pod = new Pod(this.#spec, ordinal, this.#revision, this.#around, () => this.#follow())
    this.history.push(pod)
    this.#pods = [...this.#pods, pod].sort((a, b) => a.ordinal - b.ordinal)
    void pod.gone.then(() => {
      this.#pods = this.#pods.filter((other) => other !== pod)
      this.#follow()
    })
  }

  #follow(): void {
    this.#reconcile()
    for (const service of this.#services) service.follow()
    for (const look of this.#waiting) look()
  }

  #isSettled(): boolean {
    return (
      this.#pods.length === this.#spec.replicas &&
      this.#pods.every((pod) => pod.isRunning && pod.isReady && pod.revision === this.#revision)
    )
  }

  #until(what: string, condition: () => boolean, { deadlineMs = DEADLINE_MS }: Deadline = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition()) return
        end()
        resolve()
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`not within ${deadlineMs} ms: ${what}\n${this.report()}`))
      }, deadlineMs)
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(look)
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** What each pod is at, and what it said last. */
  report(): string {
    const describe = (pod: Pod) => {
      const state = pod.isTerminating ? 'terminating' : pod.isReady ? 'ready' : 'not ready'
      const ends = pod.exitCodes.length > 0 ? `, ended with ${pod.exitCodes.join(', ')}` : ''
      return [
        `${pod.name} ${pod.addresses.join(', ') || 'without address'} ${state}${ends}`,
        ...pod.lines.slice(-5),
      ].join('\n  ')
    }
    return this.#pods.map(describe).join('\n')
  }
}
