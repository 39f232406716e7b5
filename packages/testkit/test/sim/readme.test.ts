// Runs examples of the README that need no real network as they stand there.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../..')
const readme = readFileSync(join(folder, 'README.md'), 'utf8')

/** What the example of a chapter prints. */
function run(chapter: string): string {
  const example = new RegExp(`^## ${chapter}\\n.*?\`\`\`js\\n(.*?)\`\`\``, 'ms').exec(readme)?.[1]
  const loader = ['--import', 'tsx', '--conditions=@rollcall/source', '--input-type=module']
  const args = [...loader, '--eval', example ?? '']
  return execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
}

describe('the README', () => {
  it('has an example of the simulator that runs', () => {
    expect(run('The simulator')).toBe(
      'm-0 alive, m-1 failed, m-2 alive, m-3 alive, m-4 alive\nall seeds passed\n',
    )
  })

  it('has an example of a test cluster that runs', () => {
    expect(run('Clusters for your tests')).toBe(
      'first: minority\nfirst: majority\n5 members after more than ten virtual seconds\n',
    )
  })
})
