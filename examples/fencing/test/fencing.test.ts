// Two lives of one name as real processes: the first is frozen in the midst of a write and replaced, and thaws.
import { join } from 'node:path'
import { type Child, spawnChild } from '@rollcall/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '..')
const DEADLINE_MS = 20_000

const children: Child[] = []
afterEach(async () => {
  for (const child of children.splice(0)) await child.kill()
})

describe('a store that heeds generations', () => {
  it('refuses the late write of a life that was frozen and replaced', async () => {
    const store = await start('store.js', 'store at')
    const url = find(store, /store at (\S+)/)
    const first = await start('writer.js', 'first-1 accepted', url, 'first')
    const late = await freezeInPreparation(first, store, url)
    const second = await start('writer.js', 'second-1 accepted', url, 'second', find(first, /first at (\S+)/))

    first.signal('SIGCONT')
    await shows(store, `refused ${late} `)
    await shows(first, `${late} refused`)
    await shows(first, 'first ends')
    await shows(second, 'second-3 accepted')
    const { value, generation } = (await read(url)) as { value: string; generation: number }
    expect(value).toMatch(/^second-/)
    expect(generation).toBeGreaterThan(Number(find(store, /accepted first-1 of generation (\d+)/)))
    expect(store.lines.filter((line) => line.startsWith('refused'))).toHaveLength(1)
  })
})

async function start(program: string, readyLine: string, ...args: string[]): Promise<Child> {
  const child = await spawnChild({
    // The sources in place of what the build makes of them.
    args: ['--import', 'tsx', '--conditions=@rollcall/source', join(folder, program), ...args],
    readyLine,
    readyTimeoutMs: DEADLINE_MS,
  })
  children.push(child)
  return child
}

/** Stops a writer between the preparation of a write and its sending; gives that write. */
async function freezeInPreparation(writer: Child, store: Child, url: string): Promise<string> {
  for (;;) {
    const write = await new Promise<string>((resolve) => {
      writer.onLine((line) => line.endsWith(' in preparation') && resolve(line.split(' ')[0] as string))
    })
    writer.signal('SIGSTOP')
    await read(url)
    if (!store.lines.some((line) => line.startsWith(`accepted ${write} `))) return write
    // We were slower than the writer.
    writer.signal('SIGCONT')
  }
}

async function read(url: string): Promise<unknown> {
  return (await fetch(`${url}/writer`)).json()
}

async function shows(child: Child, text: string): Promise<void> {
  await expect.poll(() => child.lines.join('\n'), { timeout: DEADLINE_MS, interval: 20 }).toContain(text)
}

function find(child: Child, pattern: RegExp): string {
  return pattern.exec(child.lines.join('\n'))?.[1] as string
}
