// Collects the outputs of one input, in order.
import type { CoreEvent } from './event.ts'
import type { LinkId } from './input.ts'
import type { Message } from './message.ts'
import type { Output } from './output.ts'
import type { CoreView } from './view.ts'

type Sift = (link: LinkId, message: Message) => Message | undefined

export class Outbox {
  #outputs: Output[] = []
  #isViewChanged = false
  readonly counters: Record<string, number> = {}
  readonly #sift: Sift

  /** `sift` takes out of a message what must not be told; undefined when nothing is left. */
  constructor(sift: Sift = (_link, message) => message) {
    this.#sift = sift
  }

  push(output: Output): void {
    this.#outputs.push(output)
  }

  send(link: LinkId, message: Message): void {
    const sifted = this.#sift(link, message)
    if (sifted !== undefined) this.#outputs.push({ type: 'send', link, message: sifted })
  }

  emit(event: CoreEvent): void {
    this.#outputs.push({ type: 'event', event })
  }

  log(level: 'debug' | 'info' | 'warn', kind: string, peer: string, text: string): void {
    this.#outputs.push({ type: 'log', level, kind, peer, text })
  }

  count(name: string, by = 1): void {
    this.counters[name] = (this.counters[name] ?? 0) + by
  }

  /** The view changed in a way that no other event tells; said once for all of an input. */
  viewChanged(): void {
    this.#isViewChanged = true
  }

  /** Hands over what was collected and starts anew. */
  take(view: () => CoreView): Output[] {
    if (this.#isViewChanged) this.emit({ type: 'view-changed', view: view() })
    const outputs = this.#outputs
    this.#outputs = []
    this.#isViewChanged = false
    return outputs
  }
}
