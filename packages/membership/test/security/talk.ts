// Members that ask each other all the time, while something is done to how they are secured.
import { type Cluster, topic } from '../../src/index.ts'

const echo = topic<number, number>('echo', { validate: Number, validateResponse: Number })

/** Each member asks all others, again and again, until it is ended. */
export class Talk {
  answered = 0
  /** What should not come: answers that are wrong, errors, and word that somebody is suspect or gone. */
  readonly troubles: unknown[] = []
  readonly #asking: readonly Promise<void>[]
  #isOver = false

  constructor(members: readonly Cluster[]) {
    for (const member of members) {
      member.serve(echo, (body) => body)
      for (const type of ['member-suspected', 'member-failed', 'isolated'] as const)
        member.on(type, () => this.troubles.push(type))
    }
    this.#asking = members.map((member) => this.#ask(member))
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#asking)
  }

  async #ask(member: Cluster): Promise<void> {
    while (!this.#isOver) {
      const others = member.view.members.filter(({ isSelf }) => !isSelf)
      await Promise.all(others.map(({ name }, number) => this.#askOne(member, name, number)))
    }
  }

  async #askOne(member: Cluster, name: string, number: number): Promise<void> {
    try {
      const answer = await member.request(name, echo, number)
      if (answer === number) this.answered++
      else this.troubles.push(answer)
    } catch (error) {
      this.troubles.push(error)
    }
  }
}
