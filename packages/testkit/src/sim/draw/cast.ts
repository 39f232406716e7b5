// Who takes part in a run that is being drawn: who should still be there and who is gone, so that each step makes sense.
import type { RandomStream } from '../random.ts'

/** The members of a run, by label. */
export class Cast {
  readonly random: RandomStream
  readonly #present = new Set<string>()
  readonly #gone = new Set<string>()
  readonly #least: number
  #added = 0

  constructor(random: RandomStream, members: number) {
    this.random = random
    this.#least = members < 5 ? 1 : 3
    for (let i = 0; i < members; i++) this.#present.add(`m-${i}`)
  }

  /** Those that should run. */
  get present(): string[] {
    return [...this.#present]
  }

  /** Those that are gone. */
  get gone(): string[] {
    return [...this.#gone]
  }

  /** One that is present. */
  one(): string {
    return this.random.pick(this.present)
  }

  /** One of them or, rather, of those that are gone, which is back from now on. */
  oneToRestart(): string {
    const member =
      this.#gone.size > 0 && this.random.chance(0.6) ? this.random.pick([...this.#gone]) : this.one()
    this.#gone.delete(member)
    this.#present.add(member)
    return member
  }

  /** A new one. */
  add(): string {
    const member = this.label('n')
    this.#present.add(member)
    return member
  }

  /** A label for somebody who is not of the cluster for long, or at all. */
  label(prefix: string): string {
    return `${prefix}-${this.#added++}`
  }

  /** Takes one away; false when too few would be left. */
  remove(member: string): boolean {
    if (this.#present.size <= this.#least) return false
    this.#gone.add(member)
    return this.#present.delete(member)
  }

  /** Some members: often one, else up to half of them. */
  group(): string[] {
    const all = [...this.#present, ...this.#gone]
    const share = this.random.chance(0.5) ? 1 / all.length : this.random.between(0, 0.5)
    const group = all.filter(() => this.random.chance(share))
    return group.length > 0 ? group : [this.random.pick(all)]
  }

  /** Two groups that have nobody in common; undefined where there are too few members. */
  twoGroups(): [string[], string[]] | undefined {
    const members = this.group()
    const rest = [...this.#present].filter((label) => !members.includes(label))
    if (rest.length === 0) return undefined
    const share = this.random.between(0, 0.7)
    const others = rest.filter(() => this.random.chance(share))
    return [members, others.length > 0 ? others : [this.random.pick(rest)]]
  }
}
