// A simulated headless Service: which addresses DNS lists, late, in part, stale or not at all, as the real one does.
import type { EventLoop } from './event-loop.ts'
import type { RandomStream } from './random.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** How far DNS is behind, and how often a process asks; in ms. */
export interface ServiceOptions {
  /** From a pod's start to its record. Default 0: the record is there before the process runs. */
  readonly publishMs: number
  /** From a pod's end to its record's. Default 5000. */
  readonly removeMs: number
  /** Between two look-ups of a process that wants them fast. Default 500. */
  readonly fastPollMs: number
  /** Between two look-ups otherwise. Default 10000. */
  readonly slowPollMs: number
}

/** The defaults above. */
export const defaultService: ServiceOptions = {
  publishMs: 0,
  removeMs: 5000,
  fastPollMs: 500,
  slowPollMs: 10_000,
}

/**
 * What a look-up gives: `normal`, an `empty` set (no such name), no answer (`failing`: the last good set stays), another
 * random half at each look-up (`partial`), all that was ever listed until then and nothing new (`stale`), or besides
 * what is right addresses where no member is (`wrong`) or where another cluster's are (`foreign`).
 */
export type ServiceMode = 'normal' | 'empty' | 'failing' | 'partial' | 'stale' | 'wrong' | 'foreign'

/** The records of one Service. */
export class SimHeadlessService {
  readonly options: ServiceOptions
  /** The addresses that the modes `wrong` and `foreign` list besides. */
  others: Partial<Record<ServiceMode, () => Iterable<string>>> = {}
  #mode: ServiceMode = 'normal'
  readonly #everListed = new Set<string>()
  #stale: readonly string[] = []
  readonly #clock: VirtualClock
  readonly #random: RandomStream
  readonly #records = new Map<string, object>()
  /** Their addresses in order, one list for all who look up; undefined after a change. */
  #sorted: readonly string[] | undefined

  constructor(clock: VirtualClock, random: RandomStream, options: Partial<ServiceOptions> = {}) {
    this.#clock = clock
    this.#random = random
    this.options = { ...defaultService, ...options }
  }

  get mode(): ServiceMode {
    return this.#mode
  }

  set mode(mode: ServiceMode) {
    this.#mode = mode
    this.#stale = [...this.#everListed]
  }

  /** What is listed at present. */
  get listed(): string[] {
    return [...this.#records.keys()]
  }

  /** Lists an address from `publishMs` from now on. */
  publish(address: string): void {
    const { publishMs } = this.options
    if (publishMs === 0) this.list(address)
    else this.#clock.after(publishMs, () => this.list(address))
  }

  /** Stops listing it, `removeMs` from now, unless it is published again meanwhile. */
  remove(address: string): void {
    const record = this.#records.get(address)
    this.#clock.after(this.options.removeMs, () => {
      if (this.#records.get(address) !== record) return
      this.#records.delete(address)
      this.#sorted = undefined
    })
  }

  /** Lists an address at once. */
  list(address: string): void {
    this.#records.set(address, {})
    this.#sorted = undefined
    this.#everListed.add(address)
  }

  /** The answer to one look-up; undefined when there is none. */
  lookup(): readonly string[] | undefined {
    if (this.mode === 'failing') return undefined
    if (this.mode === 'empty') return []
    if (this.mode === 'stale') return [...this.#stale].sort()
    this.#sorted ??= this.listed.sort()
    const others = [...(this.others[this.mode]?.() ?? [])]
    const all = others.length === 0 ? this.#sorted : [...this.#sorted, ...others].sort()
    return this.mode === 'partial' ? all.filter(() => this.#random.chance(0.5)) : all
  }

  /** Looks up for a process for as long as it lives; `found` is called when the set has changed. */
  watch(
    loop: EventLoop,
    random: RandomStream,
    isUrgent: () => boolean,
    found: (addresses: readonly string[]) => void,
  ) {
    let last: readonly string[] | undefined
    const poll = () => {
      const addresses = this.lookup()
      if (addresses && !isSame(addresses, last)) {
        last = addresses
        found(addresses)
      }
      const base = isUrgent() ? this.options.fastPollMs : this.options.slowPollMs
      loop.setTimer(loop.now + base * random.between(0.75, 1.25), poll)
    }
    loop.setTimer(loop.now, poll)
  }
}

function isSame(addresses: readonly string[], others: readonly string[] | undefined): boolean {
  if (addresses === others) return true
  return addresses.length === others?.length && addresses.every((address, i) => address === others[i])
}
