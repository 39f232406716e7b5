// Real members on a simulated network and a virtual clock, for tests of programs that use them: partitions, deaths and
// restarts in milliseconds, the same at every run.
import type { Cluster } from '@rollcall/membership'
import { SimHeadlessService } from '../sim/headless-service.ts'
import { Network } from '../sim/network.ts'
import { RandomStream } from '../sim/random.ts'
import { VirtualClock } from '../sim/virtual-clock.ts'
import { TestTimeoutError, TestUsageError } from './errors.ts'
import {
  checkGroup,
  checkMs,
  checkTestOptions,
  checkTruth,
  checkUntil,
  type TestClusterOptions,
  type TestJoinOptions,
} from './options.ts'
import { report } from './report.ts'
import { TestMember } from './test-member.ts'
import { VirtualRun } from './virtual-run.ts'

/** A member by its name, or by a `Cluster` object of any life of it. */
export type MemberRef<M = unknown> = string | Cluster<M>

/** How long a test waits, unless it says otherwise, in virtual ms. */
const DEFAULT_WITHIN_MS = 60_000

/**
 * A cluster of real members in virtual time. Nothing happens until the test lets time pass: by `advance`, or by `until`,
 * which also takes promises of members (`await test.until(cluster.leave())`). Whatever awaits such a promise elsewhere
 * waits until somebody does. Verbs take effect at once.
 */
export class TestCluster<M = unknown> {
  readonly #options: TestClusterOptions<M>
  readonly #clock = new VirtualClock()
  readonly #run = new VirtualRun(this.#clock)
  readonly #random: RandomStream
  readonly #network: Network
  readonly #service: SimHeadlessService
  readonly #members = new Map<string, TestMember<M>>()
  #hosts = 0

  /** Made by `createTestCluster`. */
  constructor(options: TestClusterOptions<M>) {
    this.#options = options
    this.#random = new RandomStream(options.seed ?? 1)
    this.#network = new Network(this.#clock, this.#random.stream('network'), options.network)
    this.#service = new SimHeadlessService(this.#clock, this.#random.stream('service'))
  }

  /** Virtual ms since the start. */
  get now(): number {
    return this.#run.now
  }

  /** The members whose processes exist, frozen ones included, in the order in which their names were added. */
  get clusters(): Cluster<M>[] {
    return [...this.#members.values()].flatMap(({ isLive, cluster }) => (isLive && cluster ? [cluster] : []))
  }

  /** The present life of a name, or its last one. @throws TestUsageError when there never was one */
  cluster(name: string): Cluster<M> {
    const { cluster } = this.#member(name)
    if (cluster === undefined) throw new TestUsageError(`${name} has not joined`)
    return cluster
  }

  /**
   * Starts one more member, by default with the next free name of `m-0`, `m-1` and so on. Resolves as `join` does, in
   * no time: it listens, and has yet to find the others. Rejects as `join` does, and with TestUsageError when the name
   * has been used: see `restart`.
   */
  async add(name: string = this.#nextName(), options: TestJoinOptions<M> = {}): Promise<Cluster<M>> {
    if (this.#members.has(name)) throw new TestUsageError(`there was a ${name} already: restart it`)
    const number = ++this.#hosts
    const host = this.#network.addHost(`10.0.${number >> 8}.${number & 255}`)
    const world = { network: this.#network, service: this.#service }
    const member = new TestMember<M>(world, name, host, this.#random.stream(`member ${name}`))
    this.#members.set(name, member)
    try {
      return await member.start({ ...this.#optionsOf(name), ...options })
    } catch (error) {
      this.#members.delete(name)
      throw error
    }
  }

  /**
   * Starts a new life of a name at the same address, as when a container starts again; kills the present one where it
   * still runs. Resolves as `add` does.
   */
  async restart(member: MemberRef<M>, options: TestJoinOptions<M> = {}): Promise<Cluster<M>> {
    const found = this.#member(member)
    found.kill()
    return found.start({ ...this.#optionsOf(found.name), ...options })
  }

  /**
   * Kills a process (SIGKILL): its kernel ends its connections and refuses new ones. Nothing happens to its `Cluster`
   * object any more; what waits for it waits for ever.
   */
  kill(member: MemberRef<M>): void {
    this.#member(member).kill()
  }

  /**
   * Stops a process in its tracks (SIGSTOP), until `thaw`: its timers do not fire and it reads nothing, while its kernel
   * goes on accepting. Calls that the test itself makes on its `Cluster` still work.
   */
  freeze(member: MemberRef<M>): void {
    this.#member(member).freeze()
  }

  /** Lets a frozen process go on. */
  thaw(member: MemberRef<M>): void {
    this.#member(member).thaw()
  }

  /** Resets all connections of a member at once, as a proxy or a NAT in between can; they are made anew. */
  resetLinks(member: MemberRef<M>): void {
    this.#member(member).resetLinks()
  }

  /** Lets no packet pass between some members and others (default: all others, later ones included), until `heal`. */
  cut(group: readonly MemberRef<M>[], others?: readonly MemberRef<M>[]): void {
    const ips = (members: readonly MemberRef<M>[]) => {
      checkGroup(members)
      return members.map((member) => this.#member(member).host.ip)
    }
    const [side, otherSide] = [ips(group), others && ips(others)]
    const twice = otherSide?.find((ip) => side.includes(ip))
    if (twice !== undefined) throw new TestUsageError('a member is on both sides of the cut')
    this.#network.cut(side, otherSide)
  }

  /** Takes all cuts away. What was sent meanwhile arrives with the next retransmissions of TCP. */
  heal(): void {
    this.#network.calm()
  }

  /** Lets virtual time pass. Rejects with OptionError, or TestUsageError when time is passing already. */
  async advance(ms: number): Promise<void> {
    await this.#run.run(checkMs('ms', ms))
  }

  /**
   * Lets virtual time pass until a condition holds, looked at after each event, or until a promise has settled, whose
   * value or error it then has. Rejects with TestTimeoutError, which says what each member saw, when that takes longer
   * than `withinMs` (default 60,000, virtual); with what the condition throws; as `advance` does.
   */
  async until(condition: () => boolean, options?: { readonly withinMs?: number }): Promise<void>
  async until<T>(promise: Promise<T>, options?: { readonly withinMs?: number }): Promise<T>
  async until<T>(
    what: (() => boolean) | Promise<T>,
    options: { readonly withinMs?: number } = {},
  ): Promise<T | undefined> {
    checkUntil(what, options)
    const withinMs = checkMs('withinMs', options.withinMs ?? DEFAULT_WITHIN_MS)
    if (typeof what === 'function') {
      if (!(await this.#run.run(withinMs, () => checkTruth(what()))))
        throw this.#timeout(withinMs, String(what))
      return undefined
    }
    let isSettled = false
    const settle = () => {
      isSettled = true
    }
    what.then(settle, settle)
    if (!(await this.#run.run(withinMs, () => isSettled))) throw this.#timeout(withinMs, 'a promise settles')
    return what
  }

  /** Resolves after a virtual time; for code under test that waits. */
  sleep(ms: number): Promise<void> {
    checkMs('ms', ms)
    return new Promise((resolve) => void this.#clock.after(ms, resolve))
  }

  /** A signal that is aborted after a virtual time, as `AbortSignal.timeout` is after a real one. */
  timeout(ms: number): AbortSignal {
    checkMs('ms', ms)
    const controller = new AbortController()
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    this.#clock.after(ms, () => controller.abort(reason))
    return controller.signal
  }

  /** The time, and what each member sees, in a line each. */
  report(): string {
    return report(this.now, this.#members.values())
  }

  /** Kills all members, and ends time. Nothing is left behind. */
  async close(): Promise<void> {
    for (const member of this.#members.values()) member.kill()
    this.#run.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #optionsOf(name: string): TestJoinOptions<M> {
    const { joinOptions = {} } = this.#options
    return typeof joinOptions === 'function' ? joinOptions(name) : joinOptions
  }

  #member(ref: MemberRef<M>): TestMember<M> {
    const name = typeof ref === 'object' ? ref.view.self.name : ref
    const member = this.#members.get(name)
    if (member !== undefined) return member
    throw new TestUsageError(`there is no member ${name}: there are ${[...this.#members.keys()].join(', ')}`)
  }

  #nextName(): string {
    let number = this.#members.size
    while (this.#members.has(`m-${number}`)) number++
    return `m-${number}`
  }

  #timeout(withinMs: number, what: string): TestTimeoutError {
    return new TestTimeoutError(withinMs, what, this.report())
  }
}

/** After this the members of a new cluster have tried each other's addresses: from then on a refused dial means death. */
const SETTLE_MS = 1000

/**
 * Starts `n` members (`m-0`, `m-1` and so on) in virtual time, and lets it pass until each has all of them alive in its
 * view, and for a second more. With n = 0 it begins empty: see `add`. They are members as `join` makes them, in all but where time, packets and randomness come
 * from; no port is opened and no timer of this process set.
 *
 * @throws OptionError, also for what `join` refuses
 */
export async function createTestCluster<M = unknown>(
  n: number,
  options: TestClusterOptions<M> = {},
): Promise<TestCluster<M>> {
  checkTestOptions(n, options as TestClusterOptions<never>)
  const test = new TestCluster<M>(options)
  for (let i = 0; i < n; i++) await test.add()
  const isWhole = ({ view }: Cluster<M>) => view.members.filter(({ state }) => state === 'alive').length === n
  await test.until(() => test.clusters.every(isWhole))
  await test.advance(SETTLE_MS)
  return test
}
