// How EXPECTED_SIZE and the number of pods may be changed without a minority, as docs/kubernetes.md says: in virtual time, with
// the goodbyes and restarts that a StatefulSet would bring.
import { createTestCluster, type TestCluster } from '@rollcall/testkit'
import { describe, expect, it } from 'vitest'

/** A StatefulSet: what its template says is expected, which a pod learns when it starts. */
class Pods {
  expectedSize: number
  readonly states = new Set<string>()
  readonly #test: TestCluster

  static async create(pods: number): Promise<Pods> {
    let size = () => pods
    const test = await createTestCluster(0, { joinOptions: () => ({ expectedSize: size() }) })
    const all = new Pods(test, pods)
    size = () => all.expectedSize
    await all.#start(range(0, pods))
    await test.until(() => test.clusters.every(({ quorum }) => quorum.state === 'majority'), {
      withinMs: 5000,
    })
    return all
  }

  private constructor(test: TestCluster, expectedSize: number) {
    this.#test = test
    this.expectedSize = expectedSize
  }

  /** Whatever any pod says of its quorum while the action lasts, and for a minute after it. */
  async watch(action: () => Promise<void>): Promise<string[]> {
    this.states.clear()
    await action()
    for (let s = 0; s < 60; s++) {
      this.#note()
      await this.#test.advance(1000)
    }
    return [...this.states].sort()
  }

  async scale(to: number): Promise<void> {
    const now = this.#test.clusters.length
    if (to > now) return this.#start(range(now, to))
    const leaving = range(to, now).map((name) => this.#test.cluster(name).leave())
    await this.#test.until(Promise.all(leaving), { withinMs: 60_000 })
    this.#note()
  }

  /** From the highest ordinal down, each once the one before is back. */
  async rollingRestart(): Promise<void> {
    for (const name of range(0, this.#test.clusters.length).reverse()) {
      await this.#test.until(this.#test.cluster(name).leave(), { withinMs: 60_000 })
      this.#note()
      await this.#test.advance(2000)
      this.#note()
      const again = await this.#test.restart(name)
      const back = () => again.quorum.state === 'majority'
      await this.#test.until(back, { withinMs: 60_000 }).catch(() => {})
      this.#note(name)
    }
  }

  close(): Promise<void> {
    return this.#test[Symbol.asyncDispose]()
  }

  async #start(names: readonly string[]): Promise<void> {
    const joined = await Promise.all(names.map((name) => this.#test.add(name)))
    const size = this.#test.clusters.length
    await this.#test.until(Promise.all(joined.map((one) => one.settled({ minMembers: size }))))
    this.#note()
  }

  /** A pod that has just started knows nothing, and is not ready. */
  #note(...starting: string[]): void {
    for (const { quorum, view } of this.#test.clusters)
      if (!starting.includes(view.self.name)) this.states.add(quorum.state)
  }
}

describe('pods that are told how many they should be', () => {
  it('keep their majority when the size and the number of pods are raised at once', async () => {
    const pods = await Pods.create(3)
    const states = await pods.watch(async () => {
      pods.expectedSize = 6
      await pods.scale(6)
      await pods.rollingRestart()
    })
    await pods.close()
    expect(states).toEqual(['majority'])
  })

  it('keep their majority when the size is lowered first, and then the number of pods', async () => {
    const pods = await Pods.create(6)
    const states = await pods.watch(async () => {
      pods.expectedSize = 3
      await pods.rollingRestart()
      await pods.scale(3)
    })
    await pods.close()
    expect(states).toEqual(['majority'])
  })

  it('lose it when both are lowered at once, until they have restarted', async () => {
    const pods = await Pods.create(6)
    const states = await pods.watch(async () => {
      pods.expectedSize = 3
      await pods.scale(3)
    })
    expect(states).toContain('minority')
    expect(await pods.watch(() => pods.rollingRestart())).toContain('majority')
    expect(await pods.watch(async () => {})).toEqual(['majority'])
    await pods.close()
  })
})

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `cache-${from + index}`)
}
