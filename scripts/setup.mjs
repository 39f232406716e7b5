// Brings a fresh clone to a working state with nothing but Node and npm: installs with the pinned pnpm
// (skipped while the lock file is unchanged) and, with --build, compiles every package in dependency order
// (skipped while neither what goes in nor what came out has changed).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const installStamp = join(root, 'node_modules', '.rollcall-setup')
const buildStamp = join(root, 'node_modules', '.rollcall-build')
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

/** Folders of all that is compiled. */
function projects() {
  return ['packages', 'examples']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(root, group, name)))
    .filter((folder) => existsSync(join(folder, 'tsconfig.build.json')))
}

function filesBelow(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function digest(files, describe) {
  const hash = createHash('sha256')
  for (const file of files)
    hash
      .update(`${relative(root, file)}\0`)
      .update(describe(file))
      .update('\0')
  return hash.digest('hex')
}

/** What goes into the build, by content: a file's time says too little after a checkout. */
function inputs() {
  const settings = readdirSync(root).filter((name) => /^tsconfig.*\.json$|^package\.json$|^pnpm-/.test(name))
  const files = projects().flatMap((folder) => [
    join(folder, 'package.json'),
    join(folder, 'tsconfig.build.json'),
    ...filesBelow(join(folder, 'src')),
  ])
  return digest([...settings.map((name) => join(root, name)), ...files], (file) => readFileSync(file))
}

/** What came out of it, by size and time: nobody but a compiler or a broom touches it. */
function outputs() {
  const files = projects().flatMap((folder) => filesBelow(join(folder, 'dist')))
  return digest(files, (file) => {
    const { size, mtimeMs } = statSync(file)
    return `${size} ${mtimeMs}`
  })
}

function build() {
  const [lastInputs, lastOutputs] = existsSync(buildStamp) ? readFileSync(buildStamp, 'utf8').split('\n') : []
  const isUntouched = lastOutputs === outputs()
  // Taken before the build: what is saved meanwhile belongs to the next one.
  const now = inputs()
  if (isUntouched && lastInputs === now) return
  rmSync(buildStamp, { force: true })
  // The compiler writes only what it thinks has changed, and knows nothing of files that were removed.
  if (!isUntouched) {
    for (const folder of projects()) rmSync(join(folder, 'dist', '.tsbuildinfo'), { force: true })
  }
  pnpm(['-r', 'run', 'build'], 'Building')
  writeFileSync(buildStamp, `${now}\n${outputs()}`)
}

const installed = existsSync(installStamp) && readFileSync(installStamp, 'utf8') === fingerprint()
if (!installed) {
  pnpm(['install', '--frozen-lockfile'], 'Installing')
  writeFileSync(installStamp, fingerprint())
}
if (process.argv.includes('--build')) build()
