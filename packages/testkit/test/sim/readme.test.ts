// Runs the simulator's example in the README as it stands there.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../..')
const chapter = /^## The simulator\n.*?```js\n(.*?)```/ms.exec(
  readFileSync(join(folder, 'README.md'), 'utf8'),
)

describe('the README', () => {
  it('has an example of the simulator that runs', () => {
    const loader = ['--import', 'tsx', '--conditions=@rollcall/source', '--input-type=module']
    const output = execFileSync(process.execPath, [...loader, '--eval', chapter?.[1] ?? ''], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(output).toBe('m-0 alive, m-1 failed, m-2 alive, m-3 alive, m-4 alive\nall seeds passed\n')
  })
})
