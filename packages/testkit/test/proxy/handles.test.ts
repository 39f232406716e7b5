import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { spawnChild } from '../../src/index.ts'

describe('a closed proxy', () => {
  it('keeps nothing that would keep the process alive', async () => {
    const program = fileURLToPath(new URL('close-while-cut.ts', import.meta.url))
    await using child = await spawnChild({
      args: ['--conditions=@rollcall/source', '--import', 'tsx', program],
      readyLine: 'closed',
    })
    expect(await child.exited).toEqual({ code: 0, signal: null })
  })
})
