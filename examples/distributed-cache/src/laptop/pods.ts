// All pods: started together, started again when one dies, as a StatefulSet would, and ended in order.
import { setTimeout as sleep } from 'node:timers/promises'
import { Pod, type PodPlace } from './pod.ts'
import type { Running } from './welcome.ts'

const RESTART_MS = 1000

export class Pods {
  readonly #env: Readonly<Record<string, string>>
  readonly #say: (line: string) => void
  readonly #running = new Map<string, Pod>()
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
    const pods = places.map((place) => this.#start(place))
    await Promise.all(pods.map(({ ready }) => ready))
    return pods.map(({ place, pid }) => ({ ...place, pid }))
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

  #start(place: PodPlace): Pod {
    const pod = new Pod(place, this.#env, this.#say)
    this.#running.set(place.name, pod)
    void pod.ended.then(async ({ code, signal, wasReady }) => {
      this.#running.delete(place.name)
      if (this.#isEnding) this.#isEveryEndGraceful &&= signal === 'SIGTERM' || code === 0
      else if (wasReady) await this.#startAgain(place, signal ?? `code ${code}`)
      else this.#giveUp(place)
      this.#checkEnd()
    })
    return pod
  }

  async #startAgain(place: PodPlace, how: string): Promise<void> {
    this.#say(`${place.name} has ended (${how}) and is started again`)
    await sleep(RESTART_MS)
    if (!this.#isEnding) this.#say(`${place.name} is process ${this.#start(place).pid} now`)
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
