// The real core, spoilt on its way to the simulator: to see that the invariants catch it.
import {
  type CoreOptions,
  type CoreView,
  createCore,
  type Input,
  type MembershipCore,
  type Message,
  type Output,
} from '@rollcall/membership/internal'

/** What to change. */
export interface Spoiling {
  readonly options?: (options: CoreOptions) => CoreOptions
  /** Gives what the core is told instead. */
  readonly input?: (input: Input) => Input
  /** Gives what is sent instead; undefined for nothing. */
  readonly send?: (message: Message) => Message | undefined
  /** Whether another output gets through. */
  readonly output?: (output: Output) => boolean
  readonly wakeAt?: number
  readonly isolated?: boolean
  readonly quorum?: MembershipCore['quorum']
}

class SpoiltCore implements MembershipCore {
  readonly #core: MembershipCore
  readonly #spoiling: Spoiling

  constructor(core: MembershipCore, spoiling: Spoiling) {
    this.#core = core
    this.#spoiling = spoiling
  }

  get wakeAt(): number | undefined {
    return this.#spoiling.wakeAt ?? this.#core.wakeAt
  }
  get isolated(): boolean {
    return this.#spoiling.isolated ?? this.#core.isolated
  }
  get quorum(): MembershipCore['quorum'] {
    return this.#spoiling.quorum ?? this.#core.quorum
  }
  get view(): CoreView {
    return this.#core.view
  }
  get urgent(): boolean {
    return this.#core.urgent
  }
  get counters(): Readonly<Record<string, number>> {
    return this.#core.counters
  }

  handle(input: Input, now: number): Output[] {
    const outputs = this.#core.handle(this.#spoiling.input?.(input) ?? input, now)
    return outputs.flatMap((output) => this.#spoil(output))
  }

  #spoil(output: Output): Output[] {
    const { send, output: passes } = this.#spoiling
    if (output.type !== 'send' || !send) return (passes?.(output) ?? true) ? [output] : []
    const message = send(output.message)
    return message ? [{ ...output, message }] : []
  }

  links() {
    return this.#core.links()
  }

  exceptions() {
    return this.#core.exceptions()
  }

  unreached() {
    return this.#core.unreached()
  }

  listed() {
    return this.#core.listed()
  }

  explain(name: string) {
    return this.#core.explain(name)
  }
}

/** Makes spoilt cores. */
export function spoilt(spoiling: Spoiling): (options: CoreOptions, now: number) => MembershipCore {
  return (options, now) => new SpoiltCore(createCore(spoiling.options?.(options) ?? options, now), spoiling)
}
