// Collects the outputs of one input, in order.
import type { CoreEvent } from './event.ts'
import type { LinkId } from './input.ts'
import type { Message } from './message.ts'
import type { Output } from './output.ts'

export class Outbox {
  #outputs: Output[] = []
  readonly counters: Record<string, number> = {}

  push(output: Output): void {
    this.#outputs.push(output)
  }

  send(link: LinkId, message: Message): void {
    this.#outputs.push({ type: 'send', link, message })
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

  /** Hands over what was collected and starts anew. */
  take(): Output[] {
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }
}
