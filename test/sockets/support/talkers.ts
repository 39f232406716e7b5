// Processes that talk to each other, for tests that change how they are secured meanwhile.
import { fileURLToPath } from 'node:url'
import type { Security } from '@rollcall/membership'
import { type Child, spawnChild } from '@rollcall/testkit'
import type { Talk, TalkingConfig } from './talking-process.ts'
import { until } from './until.ts'

const DEADLINE_MS = 60_000
const program = fileURLToPath(new URL('./talking-process.ts', import.meta.url))

export class Talkers {
  readonly #children: Child[] = []

  /** Starts one for each name, which find the first. */
  async start(names: readonly string[], securityOf: (name: string) => Security): Promise<void> {
    const one = (name: string, seeds: string[]) => start({ name, seeds, security: securityOf(name) })
    const [first = '', ...others] = names
    const child = await one(first, [])
    this.#children.push(child)
    const [address = ''] = said<string>(child, 'joined')
    this.#children.push(...(await Promise.all(others.map((name) => one(name, [address])))))
  }

  async kill(): Promise<void> {
    await Promise.all(this.#children.splice(0).map((child) => child.kill()))
  }

  /** How each stands. */
  talks(): (Talk | undefined)[] {
    return this.#children.map((child) => said<Talk>(child, 'talk').at(-1))
  }

  /** Waits until all are secured in a way. */
  async secured(what: string, isSo: (security: Talk['security']) => boolean): Promise<void> {
    const is = (talk: Talk | undefined) => talk !== undefined && isSo(talk.security)
    const state = () => this.talks().map((talk) => talk?.security)
    await until(what, () => this.talks().every(is), { deadlineMs: DEADLINE_MS, state })
  }

  /** Waits until every one of them has had more requests answered. */
  async talkOn(): Promise<void> {
    const before = this.talks().map((talk) => talk?.answered ?? 0)
    const isMore = (talk: Talk | undefined, i: number) => (talk?.answered ?? 0) > (before[i] ?? 0) + 20
    const state = () => this.talks()
    await until('requests go on', () => this.talks().every(isMore), { deadlineMs: DEADLINE_MS, state })
  }
}

function start(config: TalkingConfig): Promise<Child> {
  const args = ['--conditions=@rollcall/source', '--import', 'tsx', program, JSON.stringify(config)]
  return spawnChild({ args, readyLine: 'joined ', readyTimeoutMs: DEADLINE_MS })
}

function said<T>({ lines }: Child, what: string): T[] {
  const of = lines.filter((one) => one.startsWith(`${what} `))
  return of.map((one) => JSON.parse(one.slice(what.length + 1)))
}
