// A core that does what a test says: it records every input and answers with scripted outputs.
import type { MembershipCore } from '../../src/core/core.ts'
import type { Input } from '../../src/core/input.ts'
import type { Output } from '../../src/core/output.ts'
import type { CoreView } from '../../src/core/view.ts'

const self = {
  name: 'self',
  generation: 1,
  instance: 'a',
  incarnation: 0,
  state: 'alive',
  leaving: false,
  addresses: ['127.0.0.1:1'],
  metadata: new Uint8Array(0),
  since: 0,
} as const

export const fakeView: CoreView = { number: 1, id: 'x', self, members: [self] }

/** See above. `script` is called with each input and returns the outputs. */
export class FakeCore implements MembershipCore {
  readonly inputs: Input[] = []
  wakeAt: number | undefined
  view: CoreView = fakeView
  isolated = false
  readonly quorum = { state: 'unknown', basis: 'learnt', expected: 1, present: 1 } as const
  urgent = false
  counters: Record<string, number> = {}
  script: (input: Input, now: number) => Output[]

  constructor(script: (input: Input, now: number) => Output[] = () => []) {
    this.script = script
  }

  handle(input: Input, now: number): Output[] {
    this.inputs.push(input)
    return this.script(input, now)
  }

  types(): string[] {
    return this.inputs.map((input) => input.type)
  }

  links(): [] {
    return []
  }

  exceptions(): [] {
    return []
  }

  unreached(): [] {
    return []
  }

  listed() {
    return { addresses: 0, reached: 0 }
  }

  explain(): undefined {
    return undefined
  }
}
