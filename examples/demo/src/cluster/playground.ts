// The stage of the demo: pods as processes, a name server that lists them as a cluster's does for a headless Service,
// a network that can cut them off, and what one can do to them. Tells of everything as it happens.
import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { type DnsServer, startDnsServer } from '@rollcall/testkit'
import { nowMs } from '../clock.ts'
import type { Network } from '../network/network.ts'
import { openPortNetwork } from '../network/one-address.ts'
import { hasManyLoopbackAddresses, openAddressNetwork } from '../network/own-addresses.ts'
import type { ChangeReport, Report } from '../reports.ts'
import { Guard } from './guard.ts'
import { hasProcess, type Pod, statusPhrases } from './pod.ts'
import { type PodExit, PodProcess } from './pod-process.ts'

/** Name of the Service, as a pod would find it in the cluster's DNS. */
export const SERVICE = 'pod.demo.svc.cluster.local'
/** As many as the digits 0 to 8 select and 80 columns show. */
export const MAX_PODS = 9

/** What one can do to a pod. */
export type ActionType = 'start' | 'kill' | 'freeze' | 'thaw' | 'leave' | 'restart' | 'cut' | 'rejoin'

/** Something that was done to a pod. */
export interface Action {
  readonly type: ActionType
  readonly pod: string
  readonly atMs: number
}

/** What a playground tells. */
export type PlaygroundEvents = {
  action: [Action]
  /** A pod's process is up and calls join. */
  joining: [{ readonly pod: string; readonly atMs: number }]
  /** A pod's cluster told it something. */
  change: [{ readonly observer: string; readonly report: ChangeReport }]
  /** A pod ended without our doing. */
  crash: [{ readonly pod: string; readonly exit: PodExit }]
  /** Anything about any pod has changed, also by the above. */
  update: []
}

/** What is new with every life of a pod. */
type Life = Pick<
  Pod,
  'place' | 'process' | 'generation' | 'joiningAtMs' | 'view' | 'viewAtMs' | 'rttMs' | 'isolated'
>

const unseen = {
  generation: undefined,
  joiningAtMs: undefined,
  view: undefined,
  viewAtMs: 0,
  rttMs: {},
  isolated: false,
}

/** Opens the playground, still without pods. `oneAddress`: as on a system with 127.0.0.1 only. */
export async function openPlayground({ oneAddress = false } = {}): Promise<Playground> {
  const many = !oneAddress && (await hasManyLoopbackAddresses())
  const network = many ? await openAddressNetwork() : openPortNetwork()
  return new Playground(network, await startDnsServer())
}

/** A running playground. Actions throw when they make no sense for the pod as it is. */
export class Playground extends EventEmitter<PlaygroundEvents> {
  readonly dnsServer: string
  readonly networkDescription: string
  readonly #network: Network
  readonly #dns: DnsServer
  /** What the pods of this run share, and nobody else has. */
  readonly #secret = randomBytes(32).toString('base64')
  readonly #guard = new Guard()
  readonly #pods: Pod[] = []
  /** Pods whose process ended, the one that ended first in front. */
  readonly #endedPods: Pod[] = []
  #named = 0
  readonly #killAll = () => this.#guard.killAll()
  #closing: Promise<void> | undefined

  constructor(network: Network, dns: DnsServer) {
    super()
    this.#network = network
    this.#dns = dns
    this.dnsServer = dns.server
    this.networkDescription = network.description
    process.on('exit', this.#killAll)
  }

  /** All pods that ever were, in order of their names. */
  get pods(): readonly Pod[] {
    return this.#pods
  }

  /** Starts a new pod; when there is no room for another name, the pod that ended first, again. */
  async add(): Promise<Pod> {
    if (this.#named >= MAX_PODS) return this.#bringBack()
    const name = `pod-${this.#named++}`
    const life = await this.#begin(name)
    const pod: Pod = { name, status: 'starting', cut: false, generations: [], ...life }
    this.#pods.push(pod)
    this.#pods.sort((a, b) => (a.name < b.name ? -1 : 1))
    this.#begun(pod, 'start')
    return pod
  }

  async #bringBack(): Promise<Pod> {
    const pod = this.#endedPods.find((ended) => !hasProcess(ended))
    if (pod === undefined) throw new Error(`there are ${MAX_PODS} pods already, and all of them run`)
    await this.restart(pod)
    return pod
  }

  /** Ends a pod without warning. Its record stays in DNS: nobody told the cluster. */
  kill(pod: Pod): void {
    this.#require(pod, hasProcess(pod), 'has no process to kill')
    this.#act('kill', pod, 'killed')
    pod.process.signal('SIGKILL')
  }

  /** Stops a pod's process: its connections stay open and nothing comes any more. */
  freeze(pod: Pod): void {
    this.#requireRunning(pod)
    this.#act('freeze', pod, 'frozen')
    pod.process.signal('SIGSTOP')
  }

  /** Lets a frozen pod go on. */
  thaw(pod: Pod): void {
    this.#require(pod, pod.status === 'frozen', 'is not frozen')
    this.#act('thaw', pod, 'running')
    pod.process.signal('SIGCONT')
  }

  /** Asks a pod to end, as Kubernetes does. */
  leave(pod: Pod): void {
    this.#requireRunning(pod)
    this.#act('leave', pod, 'leaving')
    pod.process.signal('SIGTERM')
  }

  /** Starts a pod again under its name, at a new address; kills its process first if it has one. */
  async restart(pod: Pod): Promise<void> {
    this.#require(pod, pod.status !== 'starting' && pod.status !== 'leaving', statusPhrases[pod.status])
    const { place, process: old, status } = pod
    // Taken as a whole: what the old process still says, its end included, is news about nobody.
    pod.status = 'starting'
    const life = await this.#begin(pod.name).catch((error: unknown) => {
      pod.status = status
      throw error
    })
    old.signal('SIGKILL')
    Object.assign(pod, { cut: false, ...life })
    this.#begun(pod, 'restart')
    // The address is gone with the pod, but not before its process is.
    void old.exited.then(() => place.close())
  }

  /** Cuts a pod off from all others. The name server still answers it. */
  async cut(pod: Pod): Promise<void> {
    this.#require(pod, hasProcess(pod) && !pod.cut, pod.cut ? 'is cut off already' : 'has no process')
    pod.cut = true
    this.#act('cut', pod, pod.status)
    await pod.place.cut()
  }

  /** Ends that. */
  async rejoin(pod: Pod): Promise<void> {
    this.#require(pod, hasProcess(pod) && pod.cut, pod.cut ? 'has no process' : 'is not cut off')
    pod.cut = false
    this.#act('rejoin', pod, pod.status)
    await pod.place.rejoin()
  }

  /** Kills all pods and frees everything; resolves when no process is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#killAll()
    await Promise.all(this.#pods.map((pod) => pod.process.exited))
    this.#guard.close()
    await Promise.all([this.#network.close(), this.#dns.close()])
    process.off('exit', this.#killAll)
  }

  /** A new process at a new address. */
  async #begin(name: string): Promise<Life> {
    let child: PodProcess | undefined
    const place = await this.#network.attach({ routesChanged: (routes) => child?.routesChanged(routes) })
    if (this.#closing !== undefined) {
      await place.close()
      throw new Error('the demo is ending')
    }
    const config = { name, service: `${SERVICE}.`, dnsServer: this.dnsServer, ...place.config }
    const started = new PodProcess(config, this.#secret, (report) => this.#take(started, report))
    child = started
    this.#guard.add(started.pid)
    void started.exited.then((exit) => this.#ended(started, exit))
    return { ...unseen, place, process: started }
  }

  /** A headless Service of a StatefulSet publishes the address of a pod before it is ready. */
  #begun(pod: Pod, type: 'start' | 'restart'): void {
    const index = this.#endedPods.indexOf(pod)
    if (index >= 0) this.#endedPods.splice(index, 1)
    this.#publish()
    this.#act(type, pod, 'starting')
  }

  #ended(child: PodProcess, exit: PodExit): void {
    this.#guard.remove(child.pid)
    const pod = this.#pods.find(({ process }) => process === child)
    if (pod === undefined || this.#closing !== undefined) return
    this.#endedPods.push(pod)
    const asAsked = pod.status === 'killed' || (pod.status === 'leaving' && exit.signal === 'SIGTERM')
    if (pod.status === 'leaving') pod.status = 'left'
    if (!asAsked) {
      pod.status = 'crashed'
      this.emit('crash', { pod: pod.name, exit })
    }
    this.#publish()
    this.emit('update')
  }

  #take(child: PodProcess, report: Report): void {
    const pod = this.#pods.find(({ process }) => process === child)
    if (pod === undefined) return
    if (report.type === 'joining') {
      pod.joiningAtMs = report.atMs
      this.emit('joining', { pod: pod.name, atMs: report.atMs })
    }
    if (report.type === 'links') pod.rttMs = report.rttMs
    if (report.type === 'joined') {
      pod.generation = report.generation
      pod.generations.push(report.generation)
      if (pod.status === 'starting') pod.status = 'running'
    }
    if (report.type === 'change') {
      pod.view = report.view
      pod.viewAtMs = report.atMs
      if (report.change === 'isolated') pod.isolated = report.isolated === true
      this.emit('change', { observer: pod.name, report })
    }
    this.emit('update')
  }

  /** A pod that has left loses its record; one that was killed keeps it until its restart. */
  #publish(): void {
    const listed = this.#pods.filter(({ status }) => status !== 'left')
    const pods = listed.map(({ name, place }) => ({ hostname: name, ...place.records }))
    this.#dns.setService({ name: SERVICE, pods, publishNotReadyAddresses: true })
  }

  #act(type: ActionType, pod: Pod, status: Pod['status']): void {
    pod.status = status
    this.emit('action', { type, pod: pod.name, atMs: nowMs() })
    this.emit('update')
  }

  #requireRunning(pod: Pod): void {
    this.#require(pod, pod.status === 'running', statusPhrases[pod.status])
  }

  #require(pod: Pod, fits: boolean, problem: string): void {
    if (!fits) throw new Error(`${pod.name} ${problem}`)
  }
}
