// The set-up script in a small workspace of its own, with a stand-in for npx that notes what it is asked to do.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = join(import.meta.dirname, '../../scripts/setup.mjs')
// As the compiler does, it writes nothing while its own notes say that all is there.
const standIn = `#!/bin/sh
echo "$3 $4" >> calls.txt
[ "$3" = install ] && exit 0
cd packages/one
if [ "$(cat dist/.tsbuildinfo)" != "$(cat src/index.ts)" ]; then
  mkdir -p dist && cp src/index.ts dist/index.js && cp src/index.ts dist/.tsbuildinfo
fi
`
let root = ''
const at = (path: string) => join(root, path)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rollcall-setup-'))
  const files = {
    'package.json': '{"packageManager":"pnpm@0.0.0"}',
    'pnpm-lock.yaml': 'lock: 1',
    'tsconfig.base.json': '{}',
    'packages/one/package.json': '{}',
    'packages/one/tsconfig.build.json': '{}',
    'packages/one/src/index.ts': 'export const a = 1\n',
    'bin/npx': standIn,
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(at(path)), { recursive: true })
    writeFileSync(at(path), text)
  }
  for (const folder of ['node_modules', 'examples', 'scripts']) mkdirSync(at(folder))
  chmodSync(at('bin/npx'), 0o755)
  cpSync(script, at('scripts/setup.mjs'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Runs the script and says what it had pnpm do. */
function setup(): string[] {
  rmSync(at('calls.txt'), { force: true })
  const env = { ...process.env, PATH: `${at('bin')}:${process.env.PATH}` }
  execFileSync(process.execPath, [at('scripts/setup.mjs'), '--build'], { cwd: root, env, stdio: 'pipe' })
  if (!existsSync(at('calls.txt'))) return []
  return readFileSync(at('calls.txt'), 'utf8').trim().split('\n')
}

const build = '-r run'

describe.skipIf(process.platform === 'win32')('the set-up', () => {
  it('installs and builds in a fresh clone, and does nothing when nothing has changed', () => {
    expect(setup()).toEqual(['install --frozen-lockfile', build])
    expect(setup()).toEqual([])
  })

  it('builds what was edited, even when size and time of the file are as before', () => {
    setup()
    writeFileSync(at('packages/one/src/index.ts'), 'export const a = 2\n')
    utimesSync(at('packages/one/src/index.ts'), 1000, 1000)
    expect(setup()).toEqual([build])
    expect(readFileSync(at('packages/one/dist/index.js'), 'utf8')).toContain('a = 2')
    writeFileSync(at('packages/one/src/index.ts'), 'export const a = 3\n')
    utimesSync(at('packages/one/src/index.ts'), 1000, 1000)
    expect(setup()).toEqual([build])
    expect(readFileSync(at('packages/one/dist/index.js'), 'utf8')).toContain('a = 3')
  })

  it.each(['tsconfig.base.json', 'packages/one/tsconfig.build.json', 'packages/one/src/more.ts'])(
    'builds when %s has changed or is new',
    (path) => {
      setup()
      writeFileSync(at(path), '{ }')
      expect(setup()).toEqual([build])
      expect(setup()).toEqual([])
    },
  )

  it('installs and builds when the lock file has changed', () => {
    setup()
    writeFileSync(at('pnpm-lock.yaml'), 'lock: 2')
    expect(setup()).toEqual(['install --frozen-lockfile', build])
  })

  it('brings back what was removed from the output, whatever the compiler remembers', () => {
    setup()
    rmSync(at('packages/one/dist/index.js'))
    expect(setup()).toEqual([build])
    expect(existsSync(at('packages/one/dist/index.js'))).toBe(true)
  })

  it('builds again after a build that failed', () => {
    setup()
    const fixed = readFileSync(at('bin/npx'), 'utf8')
    writeFileSync(at('packages/one/src/index.ts'), 'export const a = "\n')
    writeFileSync(at('bin/npx'), '#!/bin/sh\nexit 3\n')
    expect(setup).toThrow('failed')
    writeFileSync(at('bin/npx'), fixed)
    expect(setup()).toEqual([build])
  })
})
