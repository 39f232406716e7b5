// The key of a cluster is replaced while its processes talk: each has a key file of its own, and they change one after the
// other, as kubelets bring a Secret to their nodes.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, spawnChild } from '@rollcall/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Talk, TalkingConfig } from './support/talking-process.ts'
import { until } from './support/until.ts'

const SIZE = 5
const DEADLINE_MS = 60_000
const program = fileURLToPath(new URL('./support/talking-process.ts', import.meta.url))
const line = (id: string) => `${id} ${id.repeat(32)}\n`

let folder: string
const children: Child[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-rotation-'))
  const names = Array.from({ length: SIZE }, (_, i) => `m-${i}`)
  for (const name of names) change(name, line('a'))
  const [first = ''] = names
  children.push(await start(first, []))
  const [address = ''] = said<string>(children[0] as Child, 'joined')
  children.push(...(await Promise.all(names.slice(1).map((name) => start(name, [address])))))
}, DEADLINE_MS)

afterAll(async () => {
  await Promise.all(children.map((child) => child.kill()))
  rmSync(folder, { recursive: true })
})

function fileOf(name: string): string {
  return join(folder, name)
}

/** Gives a member another key file, in one go. */
function change(name: string, content: string): void {
  writeFileSync(`${fileOf(name)}.next`, content)
  renameSync(`${fileOf(name)}.next`, fileOf(name))
}

function start(name: string, seeds: string[]): Promise<Child> {
  const config: TalkingConfig = { name, seeds, keyFile: fileOf(name) }
  const args = ['--conditions=@rollcall/source', '--import', 'tsx', program, JSON.stringify(config)]
  return spawnChild({ args, readyLine: 'joined ', readyTimeoutMs: DEADLINE_MS })
}

function said<T>({ lines }: Child, what: string): T[] {
  const of = lines.filter((one) => one.startsWith(`${what} `))
  return of.map((one) => JSON.parse(one.slice(what.length + 1)))
}

/** How each member stands. */
function talks(): (Talk | undefined)[] {
  return children.map((child) => said<Talk>(child, 'talk').at(-1))
}

/** Waits until the links of all members are by these keys: how many by each that is accepted, and none by another. */
async function linked(by: Record<string, number>): Promise<void> {
  const isSo = (talk: Talk | undefined) => {
    if (talk?.security.type !== 'keys' || talk.security.removed.length > 0) return false
    const links = Object.fromEntries(talk.security.accepted.map(({ id, links }) => [id, links]))
    return JSON.stringify(links) === JSON.stringify(by)
  }
  const state = () => talks().map((talk) => talk?.security)
  await until(`links are by ${JSON.stringify(by)}`, () => talks().every(isSo), {
    deadlineMs: DEADLINE_MS,
    state,
  })
}

/** Waits until every member has had more requests answered. */
async function talkOn(): Promise<void> {
  const before = talks().map((talk) => talk?.answered ?? 0)
  const isMore = (talk: Talk | undefined, i: number) => (talk?.answered ?? 0) > (before[i] ?? 0) + 20
  await until('requests go on', () => talks().every(isMore), { deadlineMs: DEADLINE_MS, state: talks })
}

describe('the key of five processes that talk', () => {
  it('is replaced in three steps without a suspicion, and without a request lost', async () => {
    await linked({ a: SIZE - 1 })
    const step = async (content: string, by: Record<string, number>) => {
      for (let i = 0; i < SIZE; i++) {
        change(`m-${i}`, content)
        await talkOn()
      }
      await linked(by)
    }
    await step(line('a') + line('b'), { a: SIZE - 1, b: 0 })
    await step(line('b') + line('a'), { b: 0, a: SIZE - 1 })
    await step(line('b'), { b: SIZE - 1 })
    await talkOn()
    for (const talk of talks()) expect(talk).toMatchObject({ alive: SIZE, failed: [], told: [] })
  }, 180_000)
})
