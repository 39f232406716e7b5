// Runs every check that must pass, in the order of how fast it fails: types, lint, unit tests. Stops at the first
// that fails. `npm test` calls it after the set-up.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Path of a program's script inside an installed package: run with node itself, so no shell quotes any path. */
function script(name, file) {
  const path = join(root, 'node_modules', name, file)
  if (!existsSync(path)) {
    process.stderr.write(`${path} is missing: run "npm run setup" first\n`)
    process.exit(1)
  }
  return path
}

const checks = [
  { name: 'Types', command: [script('typescript', 'bin/tsc'), '-p', 'tsconfig.json'] },
  {
    name: 'Lint and format',
    command: [script('@biomejs/biome', 'bin/biome'), 'check', '--error-on-warnings', '.'],
  },
  { name: 'Unit tests', command: [script('vitest', 'vitest.mjs'), 'run'] },
]

for (const { name, command } of checks) {
  const startedMs = performance.now()
  process.stdout.write(`\n== ${name} ==\n`)
  const result = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' })
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  if (result.status !== 0) {
    const how = result.error?.message ?? result.signal ?? `exit code ${result.status}`
    process.stderr.write(`\n${name} failed after ${seconds} s (${how})\n`)
    process.exit(result.status || 1)
  }
  process.stdout.write(`${name}: passed in ${seconds} s\n`)
}
process.stdout.write('\nAll checks passed.\n')
