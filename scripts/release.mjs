// Publishes the packages with provenance: a signed record of the commit and the workflow they were built from, which npm
// shows and `npm audit signatures` checks. npm takes such a record from the workflows of GitHub and GitLab only, and only where
// `repository` in a package.json says where that workflow runs: so this is written here, from what the workflow says of
// itself. See docs/releasing.md. Options: `--dry-run` does all but the upload.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { packageManager } = readManifest(root)

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

for (const name of readdirSync(join(root, 'packages'))) {
  const folder = join(root, 'packages', name)
  if (!existsSync(join(folder, 'package.json'))) continue
  const { private: isPrivate, ...manifest } = readManifest(folder)
  if (isPrivate) continue
  if (manifest.version === '0.0.0') fail(`${manifest.name} has no version yet: npx changeset version`)
  const repository = { type: 'git', url: `git+${url}.git`, directory: `packages/${name}` }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ ...manifest, repository }, null, 2)}\n`)
  process.stdout.write(`${manifest.name} ${manifest.version}, from ${url}, packages/${name}\n`)
}

// What differs from the commit is the field just written.
const args = ['publish', '--recursive', '--provenance', '--access', 'public', '--no-git-checks']
const dryRun = process.argv.includes('--dry-run') ? ['--dry-run'] : []
const shell = process.platform === 'win32'
const { status } = spawnSync('npx', ['--yes', packageManager, ...args, ...dryRun], {
  cwd: root,
  stdio: 'inherit',
  shell,
})
process.exit(status ?? 1)
