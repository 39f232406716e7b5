// What a Service lists, which those who serve it learn a moment after it has changed.
import type { Pod } from '../pod/pod.ts'
import type { Endpoint } from './records.ts'

export class Endpoints {
  readonly #select: () => readonly Pod[]
  readonly #delayMs: () => number
  readonly #publish: (endpoints: readonly Endpoint[]) => void
  #known = ''
  #timer: NodeJS.Timeout | undefined

  constructor(
    select: () => readonly Pod[],
    delayMs: () => number,
    publish: (endpoints: readonly Endpoint[]) => void,
  ) {
    this.#select = select
    this.#delayMs = delayMs
    this.#publish = publish
  }

  /** To be called when a pod has changed. What is undone before it was published is never seen. */
  follow(): void {
    this.#timer ??= setTimeout(() => this.#tell(), this.#delayMs())
  }

  /** Nothing is published any more. */
  close(): void {
    clearTimeout(this.#timer)
  }

  #tell(): void {
    this.#timer = undefined
    const endpoints = this.#select().map(({ name, address = '', addresses }) => ({
      name,
      address,
      addresses,
    }))
    const text = JSON.stringify(endpoints)
    if (text === this.#known) return
    this.#known = text
    this.#publish(endpoints)
  }
}
