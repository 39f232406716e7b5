// Brings a fresh clone to a working state with nothing but Node and npm: installs with the pinned pnpm
// (skipped while the lock file is unchanged) and, with --build, compiles every package in dependency order.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const stampFile = join(root, 'node_modules', '.rollcall-setup')
const windows = process.platform === 'win32'

/** Runs pnpm, quietly: its output is shown only when it fails. */
function pnpm(args, what) {
  const started = Date.now()
  process.stderr.write(`${what} …`)
  const result = spawnSync(windows ? 'npx.cmd' : 'npx', ['--yes', manifest.packageManager, ...args], {
    cwd: root,
    encoding: 'utf8',
    shell: windows,
    env: { ...process.env, CI: 'true' },
  })
  if (result.status !== 0) {
    process.stderr.write(` failed\n${result.stdout ?? ''}${result.stderr ?? ''}${result.error ?? ''}\n`)
    process.exit(result.status || 1)
  }
  process.stderr.write(` done in ${((Date.now() - started) / 1000).toFixed(1)} s\n`)
}

/** What an install depends on: the lock file and the Node major (native parts differ). */
function fingerprint() {
  const lock = readFileSync(join(root, 'pnpm-lock.yaml'))
  return createHash('sha256').update(lock).update(process.versions.modules).digest('hex')
}

const installed = existsSync(stampFile) && readFileSync(stampFile, 'utf8') === fingerprint()
if (!installed) {
  pnpm(['install', '--frozen-lockfile'], 'Installing')
  writeFileSync(stampFile, fingerprint())
}
if (process.argv.includes('--build')) pnpm(['-r', 'run', 'build'], 'Building')
