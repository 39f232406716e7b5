// The release script in a small workspace of its own, with a stand-in for npx that notes what it is asked to do.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const script = join(import.meta.dirname, '../../scripts/release.mjs')
let root = ''
const at = (path: string) => join(root, path)
const write = (path: string, text: string) => {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'rollcall-release-'))
  write('package.json', '{"packageManager":"pnpm@0.0.0"}')
  write('packages/one/package.json', '{"name":"one","version":"1.2.3"}')
  write('bin/npx', `#!/bin/sh\necho "$PWD" "$@" >> ${at('calls.txt')}\n`)
  chmodSync(at('bin/npx'), 0o755)
  mkdirSync(at('scripts'))
  cpSync(script, at('scripts/release.mjs'))
})
afterEach(() => rmSync(root, { recursive: true }))

function release(env: Record<string, string>, args = ['tarballs']) {
  return spawnSync(process.execPath, [at('scripts/release.mjs'), ...args], {
    cwd: root,
    env: { PATH: `${at('bin')}:${process.env.PATH}`, ...env },
    encoding: 'utf8',
  })
}

describe('the release script', () => {
  it.each([
    [{ GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'us/rollcall' }],
    [{ CI_PROJECT_URL: 'https://git.example/us/rollcall' }],
  ])('writes where the packages come from, and packs those that are published: %j', (env) => {
    write('packages/two/package.json', '{"name":"two","version":"1.2.3","private":true}')
    expect(release(env).status).toBe(0)
    expect(JSON.parse(readFileSync(at('packages/one/package.json'), 'utf8'))).toEqual({
      name: 'one',
      version: '1.2.3',
      repository: { type: 'git', url: 'git+https://git.example/us/rollcall.git', directory: 'packages/one' },
    })
    const packed = `${at('packages/one')} --yes pnpm@0.0.0 pack --pack-destination ${at('tarballs')}\n`
    expect(readFileSync(at('calls.txt'), 'utf8')).toBe(packed)
  })

  it('packs nothing on a laptop, nor without a version or a place for it', () => {
    expect(release({})).toMatchObject({ status: 1, stderr: expect.stringContaining('docs/releasing.md') })
    const here = { CI_PROJECT_URL: 'https://git.example/us/rollcall' }
    expect(release(here, ['--dry-run'])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('FOLDER'),
    })
    write('packages/one/package.json', '{"name":"one","version":"0.0.0"}')
    const early = release(here)
    expect(early).toMatchObject({ status: 1, stderr: expect.stringContaining('npx changeset version') })
    expect(() => readFileSync(at('calls.txt'))).toThrow('ENOENT')
  })
})
