// All pods: started together, started again when one dies, as a StatefulSet would, and ended in order.
import { setTimeout as sleep } from 'node:timers/promises'
import { Pod, type PodPlace } from './pod.ts'
import type { Running } from './welcome.ts'

const RESTART_MS = 1000

export class Pods {
  readonly #env: Readonly<Record<string, string>>
  readonly #say: (line: string) => void
  readonly #running = new Map<string, Pod>()
  /** Those that have been ready, in this life or an earlier one. */
  readonly #proven = new Set<string>()
  #isEnding = false
  #isEveryEndGraceful = true
  #ended: () => void = () => {}
  /** Resolves when all have ended; with whether that was in order. */
  readonly ended: Promise<boolean>

  /** @param env variables for all of them */
  constructor(env: Readonly<Record<string, string>>, say: (line: string) => void) {
    this.#env = env
    this.#say = say
    this.ended = new Promise((resolve) => {
      this.#ended = () => resolve(this.#isEveryEndGraceful)
    })
  }

  /** Starts them; resolves when all of them are ready. */
  async start(places: readonly PodPlace[]): Promise<Running[]> {
    await Promise.all(places.map((place) => new Promise<void>((resolve) => void this.#start(place, resolve))))
    return places.map((place) => ({ ...place, pid: this.#running.get(place.name)?.pid }))
  }

  /** Lets them leave. */
  end(): void {
    this.#isEnding = true
    this.#signal('SIGTERM')
    this.#checkEnd()
  }

  /** Ends them at once. */
  kill(): void {
    this.#isEnding = true
    this.#signal('SIGKILL')
  }

  /** @param ready is called once it is ready, though it may have to be started again before */
  #start(place: PodPlace, ready: () => void): Pod {
    const pod = new Pod(place, this.#env, this.#say)
    this.#running.set(place.name, pod)
    void pod.ready.then(ready)
    void pod.ended.then(async ({ code, signal, wasReady }) => {
      this.#running.delete(place.name)
      if (wasReady) this.#proven.add(place.name)
      // One that ends by itself before it was ever ready would do so again.
      const isHopeless = signal === null && !this.#proven.has(place.name)
      if (this.#isEnding) this.#isEveryEndGraceful &&= signal === 'SIGTERM' || code === 0
      else if (isHopeless) this.#giveUp(place)
      else await this.#startAgain(place, signal ?? `code ${code}`, ready)
      this.#checkEnd()
    })
    return pod
  }

  async #startAgain(place: PodPlace, how: string, ready: () => void): Promise<void> {
    this.#say(`${place.name} has ended (${how}) and is started again`)
    await sleep(RESTART_MS)
    if (!this.#isEnding) this.#say(`${place.name} is process ${this.#start(place, ready).pid} now`)
  }

  /** What is wrong with it is wrong with all of them. */
  #giveUp({ name }: PodPlace): void {
    this.#say(`${name} could not start; ending the others`)
    this.#isEveryEndGraceful = false
    this.end()
  }

  #signal(name: NodeJS.Signals): void {
    for (const pod of this.#running.values()) pod.signal(name)
  }

  #checkEnd(): void {
    if (this.#isEnding && this.#running.size === 0) this.#ended()
  }
}
