// Clients that read and write all the time, each its own keys, through pods drawn at random; and note what was
// acknowledged, and what they have seen that must not be.
import { RandomStream } from '@rollcall/testkit'
import type { Pod } from './pods.ts'

/** Pods answer within 5 s; the rest is for a busy machine. */
const HANGS_AFTER_MS = 20_000

/** What one key has been through. Values count up, so a lower one than was acknowledged is a lost write. */
interface KeyState {
  tried: number
  acknowledged: number
}

export class Clients {
  readonly counts = { writes: 0, reads: 0, unavailable: 0, unreachable: 0 }
  /** All that must not be, in words. */
  readonly wrong: string[] = []
  readonly keys = new Map<string, KeyState>()
  readonly #pods: () => readonly Pod[]
  readonly #random: RandomStream
  readonly #running: Promise<void>[] = []
  #isStopped = false

  constructor(pods: () => readonly Pod[], options: { readonly keys: number; readonly seed: number }) {
    this.#pods = pods
    this.#random = new RandomStream(options.seed)
    for (let i = 0; i < options.keys; i++) this.keys.set(`key ${i}`, { tried: 0, acknowledged: 0 })
  }

  /** Writes each key once, which must succeed. */
  async fill(): Promise<void> {
    for (const key of this.keys.keys()) await this.#write(key, this.#draw(this.#pods()))
  }

  /** Starts clients: each has its share of the keys to itself, so that its writes have an order. */
  start(clients: number): void {
    const keys = [...this.keys.keys()]
    for (let i = 0; i < clients; i++) {
      this.#running.push(this.#work(keys.filter((_, position) => position % clients === i)))
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#running)
  }

  /** Resolves once so many further writes have been acknowledged. */
  async progress(writes: number, deadlineMs = 30_000): Promise<void> {
    const from = this.counts.writes
    const until = Date.now() + deadlineMs
    while (this.counts.writes - from < writes) {
      if (Date.now() > until) throw new Error(`no ${writes} writes were acknowledged in ${deadlineMs} ms`)
      await pause()
    }
  }

  /** Reads every key at a pod, until it answers. */
  async readAll(pod: Pod): Promise<void> {
    const keys = [...this.keys.keys()]
    await Promise.all(
      keys.map(async (key) => {
        const until = Date.now() + HANGS_AFTER_MS
        while (!(await this.#read(key, pod)))
          if (Date.now() > until) return void this.wrong.push(`${key}: no answer`)
      }),
    )
  }

  async #work(keys: readonly string[]): Promise<void> {
    while (!this.#isStopped) {
      const key = this.#draw(keys)
      const pod = this.#draw(this.#pods())
      if (this.#random.next() < 0.5) await this.#write(key, pod)
      else await this.#read(key, pod)
      await pause()
    }
  }

  async #write(key: string, pod: Pod): Promise<void> {
    const state = this.keys.get(key) as KeyState
    const value = ++state.tried
    const response = await this.#fetch(key, pod, { method: 'PUT', body: String(value) })
    if (response?.status !== 200) return
    state.acknowledged = value
    this.counts.writes++
  }

  /** False if there was no answer. */
  async #read(key: string, pod: Pod): Promise<boolean> {
    const { acknowledged } = this.keys.get(key) as KeyState
    const response = await this.#fetch(key, pod)
    if (response === undefined || (response.status !== 200 && response.status !== 404)) return false
    const value = response.status === 404 ? 0 : Number(response.text)
    if (!(value >= acknowledged)) {
      this.wrong.push(
        `${key} is ${response.text} at ${response.path}, although ${acknowledged} was acknowledged`,
      )
    }
    this.counts.reads++
    return true
  }

  async #fetch(key: string, pod: Pod, request: RequestInit = {}) {
    const signal = AbortSignal.timeout(HANGS_AFTER_MS)
    try {
      const response = await fetch(`${pod.url}/keys/${encodeURIComponent(key)}`, { ...request, signal })
      const text = await response.text()
      const path = response.headers.get('path') ?? ''
      if (path.split(' ').length > 2) this.wrong.push(`${key} went through ${path}`)
      if (response.status === 503 || response.status === 409) this.counts.unavailable++
      return { status: response.status, text, path }
    } catch {
      if (signal.aborted) this.wrong.push(`${pod.name} has not answered for ${key}`)
      // It has ended. The next request goes to a pod drawn anew.
      this.counts.unreachable++
      return undefined
    }
  }

  #draw<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.next() * items.length)] as T
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10))
}
