// Packs the packages to be published with provenance: a signed record of the commit and the workflow they were built from, which npm
// shows and `npm audit signatures` checks. npm takes such a record from the workflows of GitHub and GitLab only, and only where
// `repository` in a package.json says where that workflow runs: so this is written here, from what the workflow says of
// itself. See docs/releasing.md. Usage: node scripts/release.mjs FOLDER, where the tarballs go; npm publishes them in a job
// that runs nothing else. Needs built packages (scripts/check-packages.mjs builds them).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { packageManager } = readManifest(root)
const [given] = process.argv.slice(2)
if (!given || given.startsWith('-')) fail('Usage: node scripts/release.mjs FOLDER')
const tarballs = resolve(given)

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** The repository that this workflow belongs to. */
function repositoryUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY, CI_PROJECT_URL }) {
  if (GITHUB_SERVER_URL && GITHUB_REPOSITORY) return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`
  return CI_PROJECT_URL
}

const url = repositoryUrl(process.env)
if (!url)
  fail(
    'Packages are published by a workflow of GitHub or GitLab, and from nowhere else: see docs/releasing.md.',
  )

const folders = []
for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name)
  if (!existsSync(join(folder, 'package.json'))) continue
  const { private: isPrivate, ...manifest } = readManifest(folder)
  if (isPrivate) continue
  if (manifest.version === '0.0.0') fail(`${manifest.name} has no version yet: npx changeset version`)
  const repository = { type: 'git', url: `git+${url}.git`, directory: `packages/${name}` }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, repository }, null, 2)}\n`)
  process.stdout.write(`${manifest.name} ${manifest.version}, from ${url}, packages/${name}\n`)
  folders.push(folder)
}

mkdirSync(tarballs, { recursive: true })
const shell = process.platform === 'win32'
for (const cwd of folders) {
  const args = ['--yes', packageManager, 'pack', '--pack-destination', tarballs]
  const { status } = spawnSync('npx', args, { cwd, stdio: 'inherit', shell })
  if (status !== 0) process.exit(status ?? 1)
}
