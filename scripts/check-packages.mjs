// Checks the packages as their users get them: built, packed, looked at by publint and attw, then installed with npm
// in an empty folder on each supported Node, imported from plain JavaScript and type-checked from TypeScript.
// Needs an installed workspace (`npm run setup`) and a package registry. Options: `--node 22` checks one version only.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJORS = [20, 22, 24]
const INSTALL = ['install', '--no-audit', '--no-fund', '--prefer-offline']
// Far beyond what any step takes; a program that does not end has left something open.
const LONGEST_STEP_MS = 180_000
/** All that a package may bring along. */
const DEPENDENCIES = new Set(['ws', 'msgpackr', '@rollcall/membership'])
// Tests, build leftovers, and compiler output that landed beside the sources.
const STRAY = /\.test\.ts$|\.tsbuildinfo$|tsconfig.*\.json$|^src\/.*\.(js|d\.ts|map)$/

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const consumers = join(root, 'test', 'package')
const rootManifest = readManifest(root)
const only = process.argv.indexOf('--node')
const majors = only < 0 ? NODE_MAJORS : [Number(process.argv[only + 1])]
const packages = readdirSync(join(root, 'packages'))
  .map((name) => join(root, 'packages', name))
  .filter((folder) => existsSync(join(folder, 'package.json')))
  .map((folder) => ({ folder, manifest: readManifest(folder) }))

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** Runs a program; its output is shown, and the check ends, only when it fails. Returns what it printed. */
function run(program, args, { cwd = root, env = process.env } = {}) {
  const shell = process.platform === 'win32'
  const limits = { maxBuffer: 64 * 1024 * 1024, timeout: LONGEST_STEP_MS, killSignal: 'SIGKILL' }
  const result = spawnSync(program, args, { cwd, env, encoding: 'utf8', shell, ...limits })
  if (result.status === 0) return result.stdout
  const how = result.error?.message ?? result.signal ?? `exit code ${result.status}`
  fail(`${program} ${args.join(' ')} (${how})\n${result.stdout ?? ''}${result.stderr ?? ''}`)
}

function fail(message) {
  process.stderr.write(`\nFailed: ${message}\n`)
  process.exit(1)
}

function stage(name, action) {
  const startedMs = performance.now()
  process.stdout.write(`\n== ${name} ==\n`)
  const result = action()
  process.stdout.write(`${name}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
  return result
}

/** A program of a package in the workspace, as arguments for node: no shell, so paths may hold spaces. */
function tool(name, file) {
  return join(root, 'node_modules', name, file)
}

function build() {
  run(process.execPath, [join(root, 'scripts', 'setup.mjs'), '--build'])
  // A file that was renamed leaves its old output behind, which would be published.
  for (const { folder } of packages) {
    for (const file of filesBelow(join(folder, 'dist')).filter((path) => path.endsWith('.js'))) {
      const source = join(folder, 'src', relative(join(folder, 'dist'), file).replace(/\.js$/, '.ts'))
      if (!existsSync(source)) fail(`${relative(root, file)} has no source any more: remove ${folder}/dist`)
    }
  }
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

/** Packs every package; returns the paths of the tarballs. */
function pack(into) {
  return packages.map(({ folder, manifest }) => {
    const tarball = join(into, `${manifest.name.replace('@', '').replace('/', '-')}-${manifest.version}.tgz`)
    run('npx', ['--yes', rootManifest.packageManager, 'pack', '--out', tarball], { cwd: folder })
    process.stdout.write(`${manifest.name} ${manifest.version}\n`)
    return tarball
  })
}

function lintTarballs(tarballs) {
  for (const tarball of tarballs) {
    run(process.execPath, [tool('publint', 'src/cli.js'), 'run', tarball, '--strict'])
    run(process.execPath, [tool('@arethetypeswrong/cli', 'dist/index.js'), tarball, '--profile', 'esm-only'])
  }
}

/** The environment in which `node` is the wanted major, and npm runs on it; installs it if it is not ours. */
function environmentFor(major, temp) {
  if (Number(process.versions.node.split('.')[0]) === major) return withFirstInPath(dirname(process.execPath))
  const folder = join(temp, `node-${major}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  run('npm', [...INSTALL, `node@${major}`], { cwd: folder })
  return withFirstInPath(join(folder, 'node_modules', 'node', 'bin'))
}

/** npm looks for the machine's settings (registry, certificates) beside the node it runs on, so it is told where. */
function withFirstInPath(folder) {
  const npm_config_globalconfig = run('npm', ['config', 'get', 'globalconfig']).trim()
  return { ...process.env, npm_config_globalconfig, PATH: `${folder}${delimiter}${process.env.PATH}` }
}

/** An empty folder with nothing in it but the packed packages, what they need, and the programs that use them. */
function installConsumer(folder, tarballs, env) {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  run('npm', [...INSTALL, ...tarballs], { cwd: folder, env })
  cpSync(join(consumers, 'consumer.mjs'), join(folder, 'consumer.mjs'))
  cpSync(join(root, 'packages', 'ring', 'test', 'vectors.json'), join(folder, 'ring-vectors.json'))
}

/** What must be in a published package, and what must not. */
function checkContents(consumer) {
  for (const { manifest } of packages) {
    const folder = join(consumer, 'node_modules', manifest.name)
    for (const file of ['LICENSE', 'README.md', 'package.json'])
      if (!existsSync(join(folder, file))) fail(`${manifest.name} ships no ${file}`)
    const files = filesBelow(folder).filter((path) => !relative(folder, path).startsWith('node_modules'))
    const stray = files.map((path) => relative(folder, path)).filter((path) => STRAY.test(path))
    if (stray.length > 0) fail(`${manifest.name} ships ${stray.join(', ')}`)
    for (const map of files.filter((path) => path.endsWith('.map'))) checkSourceMap(map)
    if (JSON.stringify(readManifest(folder)).match(/"(workspace|catalog):/))
      fail(`${manifest.name} ships a version that only the workspace understands`)
    checkSupply(manifest.name, readManifest(folder))
  }
}

function checkSourceMap(map) {
  const { sources, sourceRoot = '' } = JSON.parse(readFileSync(map, 'utf8'))
  for (const source of sources) {
    if (!existsSync(resolve(dirname(map), sourceRoot, source)))
      fail(`${map} points to ${source}, not shipped`)
  }
}

/** What an install of it runs and brings along, and whether its origin would be signed. */
function checkSupply(name, { scripts = {}, dependencies = {}, publishConfig }) {
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare'].filter((hook) => hook in scripts)
  if (hooks.length > 0) fail(`${name} runs ${hooks.join(', ')} where it is installed`)
  const unknown = Object.keys(dependencies).filter((each) => !DEPENDENCIES.has(each))
  if (unknown.length > 0) fail(`${name} depends on ${unknown.join(', ')}: each one more is a decision`)
  if (publishConfig?.provenance !== true) fail(`${name} would be published without provenance`)
}

/** Type-checks the TypeScript consumer as strictly as its owner could, with both ways of resolving modules. */
function checkTypes(consumer) {
  const types = `@types/node@${catalogVersion('@types/node')}`
  run('npm', [...INSTALL, types], { cwd: consumer })
  cpSync(join(consumers, 'consumer.ts'), join(consumer, 'consumer.ts'))
  const ways = [
    { module: 'NodeNext', moduleResolution: 'NodeNext' },
    { module: 'ESNext', moduleResolution: 'bundler' },
  ]
  for (const way of ways) {
    const compilerOptions = {
      ...way,
      target: 'ES2022',
      lib: ['ES2022', 'ESNext.Disposable'],
      types: ['node'],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    }
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['consumer.ts'] }),
    )
    run(process.execPath, [tool('typescript', 'bin/tsc'), '-p', '.'], { cwd: consumer })
    process.stdout.write(`moduleResolution ${way.moduleResolution}: types are right\n`)
  }
}

/** A version from the workspace's catalog, where it stands as a line `  name: version`. */
function catalogVersion(name) {
  const text = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const line = text
    .split('\n')
    .find((candidate) => candidate.trim().replaceAll('"', '').startsWith(`${name}: `))
  return line?.split(': ')[1] ?? fail(`${name} is not in the catalog`)
}

const temp = mkdtempSync(join(tmpdir(), 'rollcall packages '))
process.on('exit', () => rmSync(temp, { recursive: true, force: true }))

stage('Build', build)
const tarballs = stage('Pack', () => pack(temp))
stage('publint and attw', () => lintTarballs(tarballs))
for (const [index, major] of majors.entries()) {
  const consumer = join(temp, `consumer-${major}`)
  stage(`Install and import on Node ${major}`, () => {
    const env = environmentFor(major, temp)
    installConsumer(consumer, tarballs, env)
    process.stdout.write(run('node', ['consumer.mjs', String(major)], { cwd: consumer, env }))
  })
  if (index > 0) continue
  stage('Contents', () => checkContents(consumer))
  stage('Types', () => checkTypes(consumer))
}
process.stdout.write(`\nThe packages work as published on Node ${majors.join(', ')}.\n`)
