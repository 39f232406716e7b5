// A random workload in virtual time, with a strict checker: each write has a number of its own, so a read says which
// write it has seen, and whether that may be.
import type { Pods } from './pods.ts'

/** Numbers from a seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Write {
  /** What it writes; undefined for a deletion. */
  readonly value: string | undefined
  readonly beganAt: number
  /** When it was acknowledged; undefined if it was not, or not yet. */
  ackedAt: number | undefined
  /** When its client gave it up: it may have been done, but comes above nothing that is begun a while later. */
  givenUpAt: number | undefined
}

/** So long it takes all pods to know that a write was given up. */
const GIVE_UP_MS = 50

/** What was written under a key, and what may be read. */
class History {
  readonly #writes: Write[] = [{ value: undefined, beganAt: -1, ackedAt: -1, givenUpAt: undefined }]

  begin(value: string | undefined, now: number): Write {
    const write: Write = { value, beganAt: now, ackedAt: undefined, givenUpAt: undefined }
    this.#writes.push(write)
    return write
  }

  /**
   * What is wrong with a read that began and ended then; undefined if nothing. It may give any write that began before
   * its end, unless another one that was acknowledged before the read began has begun after that one was acknowledged.
   */
  judge(value: string | undefined, beganAt: number, endedAt: number): string | undefined {
    const candidates = this.#writes.filter((write) => write.value === value && write.beganAt <= endedAt)
    if (candidates.length === 0) return `${value} was never written`
    const isOverwritten = (write: Write) => {
      const endedAt = write.ackedAt ?? (write.givenUpAt ?? Number.POSITIVE_INFINITY) + GIVE_UP_MS
      return this.#writes.some(
        (later) => later.ackedAt !== undefined && later.ackedAt < beganAt && later.beganAt > endedAt,
      )
    }
    if (!candidates.every(isOverwritten)) return undefined
    return `${value} was overwritten before ${beganAt.toFixed(2)}: ${this.#writes.map(shown).join(', ')}`
  }
}

function shown({ value, beganAt, ackedAt }: Write): string {
  return `${value} ${beganAt.toFixed(2)}-${ackedAt?.toFixed(2) ?? '?'}`
}

const LARGE_BYTES = 20_000

/** One of four is so large that it travels by itself. */
function padded(value: string): string {
  return Number(value) % 4 === 0 ? value.padEnd(LARGE_BYTES) : value
}

export interface WorkloadOptions {
  readonly pods: Pods
  readonly random: () => number
  readonly keys: number
  /** How many clients there are: each does one thing after the other. */
  readonly clients: number
  /** A read may be older by so much. */
  readonly leaseMs: number
}

/** What was added to a counter, one at a time. */
class Counter {
  readonly #sums = new Set<number>()
  #begun = 0
  #acked = 0

  begin(): void {
    this.#begun++
  }

  /** What is wrong with a sum that began when so many were acknowledged; undefined if nothing. */
  judge(sum: number, ackedBefore: number): string | undefined {
    this.#acked++
    if (this.#sums.has(sum)) return `${sum} twice`
    this.#sums.add(sum)
    if (sum > ackedBefore && sum <= this.#begun) return undefined
    return `${sum}, where ${ackedBefore} were acknowledged before and ${this.#begun} begun`
  }

  get acked(): number {
    return this.#acked
  }
}

/** Clients that read and write at random pods until they are told to stop. */
export class Workload {
  readonly problems: string[] = []
  reads = 0
  writes = 0
  errors = 0
  readonly #options: WorkloadOptions
  readonly #histories: History[]
  readonly #counters = Array.from({ length: 8 }, () => new Counter())
  #numbers = 0
  #isRunning = true
  #open = 0

  constructor(options: WorkloadOptions) {
    this.#options = options
    this.#histories = Array.from({ length: options.keys }, () => new History())
    for (let i = 0; i < options.clients; i++) void this.#run()
  }

  get isStopped(): boolean {
    return !this.#isRunning
  }

  get isIdle(): boolean {
    return this.#open === 0
  }

  stop(): void {
    this.#isRunning = false
  }

  /** Reads all keys at a pod, at once. */
  async readAllAt(pod: string): Promise<void> {
    await Promise.all(this.#histories.map((_, key) => this.#read(pod, key)))
  }

  async #run(): Promise<void> {
    const { pods, random, keys } = this.#options
    while (this.#isRunning) {
      const names = pods.names.filter((name) => pods.process(name).state === 'running')
      const pod = names[Math.floor(random() * names.length)] as string
      const key = Math.floor(random() * keys)
      const choice = random()
      this.#open++
      // What a client asks of a pod that dies is never answered: it goes on with something else.
      const work =
        choice < 0.4
          ? this.#read(pod, key)
          : choice < 0.8
            ? this.#write(pod, key, choice > 0.7)
            : this.#add(pod, key % 8)
      await Promise.race([work, pods.test.sleep(6000)])
      this.#open--
      await pods.test.sleep(random() * 20)
    }
  }

  async #read(pod: string, key: number): Promise<void> {
    const { test } = this.#options.pods
    const beganAt = test.now
    try {
      const found = await this.#options.pods.cache(pod).read(`key ${key}`)
      this.reads++
      if (found?.isStale) return
      const value = found && Buffer.from(found.kept).toString().trimEnd()
      const problem = this.#histories[key]?.judge(value, beganAt - this.#options.leaseMs, test.now)
      if (problem !== undefined)
        this.problems.push(`${pod} read key ${key} at ${beganAt.toFixed(2)}: ${problem}`)
    } catch {
      this.errors++
    }
  }

  async #add(pod: string, key: number): Promise<void> {
    const counter = this.#counters[key] as Counter
    const ackedBefore = counter.acked
    counter.begin()
    try {
      const sum = Number(await this.#options.pods.cache(pod).increment(`counter ${key}`, 1n))
      const problem = counter.judge(sum, ackedBefore)
      if (problem !== undefined) this.problems.push(`${pod} added to counter ${key}: ${problem}`)
      this.writes++
    } catch {
      this.errors++
    }
  }

  async #write(pod: string, key: number, isDeletion: boolean): Promise<void> {
    const { pods, random } = this.#options
    const value = isDeletion ? undefined : String(++this.#numbers)
    const write = (this.#histories[key] as History).begin(value, pods.test.now)
    const controller = new AbortController()
    const { signal } = controller
    // One of eight is given up, soon or late.
    if (random() < 1 / 8) void pods.test.sleep(2 ** (12 * random())).then(() => controller.abort())
    signal.addEventListener('abort', () => {
      write.givenUpAt = pods.test.now
    })
    try {
      const cache = pods.cache(pod)
      if (value === undefined) await cache.delete(`key ${key}`, { signal })
      else await cache.set(`key ${key}`, Buffer.from(padded(value)), { signal })
      write.ackedAt = pods.test.now
      this.writes++
    } catch {
      this.errors++
    }
  }
}
