// Pods of the cache in virtual time.
import type { Cluster } from '@rollcall/membership'
import { createTestCluster, type TestCluster } from '@rollcall/testkit'
import { DistributedCache } from '../src/distributed-cache.ts'
import { type CacheOptions, settingsOf } from '../src/options.ts'
import type { Time } from '../src/time.ts'

const EPOCH_MS = 1_760_000_000_000

export type PodOptions = Partial<Omit<CacheOptions, 'cluster'>>

/** Lets a process that is killed or frozen stand still, timers included. */
class Process implements Time {
  readonly #test: TestCluster
  #waiting: (() => void)[] = []
  state: 'running' | 'frozen' | 'killed' = 'running'
  /** How far its clock is off; may be changed. */
  skewMs = 0

  constructor(test: TestCluster) {
    this.#test = test
  }

  now(): number {
    return this.#test.now
  }

  date(): number {
    return Math.floor(EPOCH_MS + this.#test.now + this.skewMs)
  }

  async sleep(ms: number): Promise<void> {
    await this.#test.sleep(ms)
    if (this.state !== 'running') await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  after(ms: number, run: () => void): () => void {
    let isCancelled = false
    void this.sleep(ms).then(() => {
      if (!isCancelled) run()
    })
    return () => {
      isCancelled = true
    }
  }

  defer(run: () => void): void {
    queueMicrotask(() => {
      if (this.state === 'running') run()
      else this.#waiting.push(run)
    })
  }

  thaw(): void {
    this.state = 'running'
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }
}

/** What a test does to pods. */
export class Pods {
  readonly test: TestCluster
  readonly #options: PodOptions
  readonly #caches = new Map<string, DistributedCache>()
  readonly #processes = new Map<string, Process>()

  constructor(test: TestCluster, options: PodOptions) {
    this.test = test
    this.#options = options
  }

  /** The cache of a pod's present life. */
  cache(name: string): DistributedCache {
    const cache = this.#caches.get(name)
    if (cache === undefined) throw new Error(`there is no pod ${name}`)
    return cache
  }

  process(name: string): Process {
    return this.#processes.get(name) as Process
  }

  /** Whether there ever was a pod of that name. */
  has(name: string): boolean {
    return this.#caches.has(name)
  }

  /** Those whose processes exist. */
  get names(): string[] {
    return [...this.#caches.keys()].filter((name) => this.process(name).state !== 'killed')
  }

  async add(name?: string, skewMs = 0, options: PodOptions = {}): Promise<string> {
    return this.#begin(await this.test.add(name), skewMs, options)
  }

  async restart(name: string): Promise<void> {
    this.kill(name)
    this.#begin(await this.test.restart(name), this.process(name).skewMs)
  }

  kill(name: string): void {
    this.process(name).state = 'killed'
    this.test.kill(name)
  }

  freeze(name: string): void {
    this.process(name).state = 'frozen'
    this.test.freeze(name)
  }

  thaw(name: string): void {
    // What was due is late, and runs first or last: here first.
    this.process(name).thaw()
    this.test.thaw(name)
  }

  async leave(name: string): Promise<void> {
    await this.test.until(this.test.cluster(name).leave())
    this.process(name).state = 'killed'
  }

  /** Until all have what they own. */
  async ready(): Promise<void> {
    await this.test.until(() => this.names.every((name) => this.isReady(name)), { withinMs: 30_000 })
  }

  isReady(name: string): boolean {
    const { readiness, stats } = this.cache(name)
    return readiness.isReady && stats.missingPartitions === 0
  }

  until<T>(promise: Promise<T>): Promise<T> {
    return this.test.until(promise)
  }

  /** What a pod reads, as text. */
  async get(name: string, key: string): Promise<string | undefined> {
    const found = await this.until(this.cache(name).get(key))
    return found && Buffer.from(found.value).toString()
  }

  async set(name: string, key: string, value: string): Promise<void> {
    await this.until(this.cache(name).set(key, Buffer.from(value)))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.test.close()
  }

  #begin(cluster: Cluster, skewMs: number, options: PodOptions = {}): string {
    const { name } = cluster.view.self
    const process = new Process(this.test)
    process.skewMs = skewMs
    const settings = settingsOf({ maxBytes: 64 * 1024 * 1024, ...this.#options, ...options, cluster })
    this.#processes.set(name, process)
    this.#caches.set(name, new DistributedCache(settings, process))
    return name
  }
}

export interface StartOptions extends PodOptions {
  readonly seed?: number
  /** Default: how many are started. 0: not given. */
  readonly expectedSize?: number
  /** How far the clock of each is off. Default: not at all. */
  readonly skewMs?: () => number
}

/** So many pods, ready. */
export async function startPods(count: number, options: StartOptions = {}): Promise<Pods> {
  const { seed = 1, expectedSize = count, skewMs = () => 0, ...cacheOptions } = options
  const joinOptions = expectedSize === 0 ? {} : { expectedSize }
  const pods = new Pods(await createTestCluster(0, { seed, joinOptions }), cacheOptions)
  for (let i = 0; i < count; i++) await pods.add(undefined, skewMs())
  await pods.ready()
  return pods
}

/** A key that these two own. */
export function keyOf(pods: Pods, a: string, b: string, prefix = 'key'): string {
  const isTheirs = (key: string) =>
    pods
      .cache('m-0')
      .ownersOf(key)
      .every(({ name }) => name === a || name === b)
  for (let i = 0; ; i++) if (isTheirs(`${prefix} ${i}`)) return `${prefix} ${i}`
}

/** Reads a key at a pod that does not own it, a thousand times within half a second. */
export async function readOften(pods: Pods, key: string): Promise<string> {
  const owners = pods
    .cache('m-0')
    .ownersOf(key)
    .map(({ name }) => name)
  const reader = pods.names.find((name) => !owners.includes(name)) as string
  for (let i = 0; i < 100; i++) {
    await pods.until(Promise.all(Array.from({ length: 10 }, async () => pods.cache(reader).read(key))))
    await pods.test.advance(5)
  }
  return reader
}
