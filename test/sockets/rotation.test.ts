// The key of a cluster is replaced while its processes talk: each has a key file of its own, and they change one after the
// other, as kubelets bring a Secret to their nodes.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Talkers } from './support/talkers.ts'

const SIZE = 5
const names = Array.from({ length: SIZE }, (_, i) => `m-${i}`)
const line = (id: string) => `${id} ${id.repeat(32)}\n`

let folder: string
const talkers = new Talkers()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-rotation-'))
  for (const name of names) change(name, line('a'))
  await talkers.start(names, (name) => ({ keys: join(folder, name) }))
}, 60_000)

afterAll(async () => {
  await talkers.kill()
  rmSync(folder, { recursive: true })
})

/** Gives a member another key file, in one go. */
function change(name: string, content: string): void {
  const path = join(folder, name)
  writeFileSync(`${path}.next`, content)
  renameSync(`${path}.next`, path)
}

/** Waits until the links of all members are by these keys: how many by each that is accepted, and none by another. */
async function linked(by: Record<string, number>): Promise<void> {
  await talkers.secured(`links are by ${JSON.stringify(by)}`, (security) => {
    if (security.type !== 'keys' || security.removed.length > 0) return false
    const links = Object.fromEntries(security.accepted.map(({ id, links }) => [id, links]))
    return JSON.stringify(links) === JSON.stringify(by)
  })
}

describe('the key of five processes that talk', () => {
  it('is replaced in three steps without a suspicion, and without a request lost', async () => {
    await linked({ a: SIZE - 1 })
    const step = async (content: string, by: Record<string, number>) => {
      for (const name of names) {
        change(name, content)
        await talkers.talkOn()
      }
      await linked(by)
    }
    await step(line('a') + line('b'), { a: SIZE - 1, b: 0 })
    await step(line('b') + line('a'), { b: 0, a: SIZE - 1 })
    await step(line('b'), { b: SIZE - 1 })
    await talkers.talkOn()
    for (const talk of talkers.talks()) expect(talk).toMatchObject({ alive: SIZE, failed: [], told: [] })
  }, 180_000)
})
