// Plays a Dockerfile without Docker: each stage is a folder, each step does there what it would do in an image. It knows the
// instructions that our Dockerfile has and refuses all others, rather than to pass over one. What it cannot show: that
// the base image exists and has what the steps call.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import dockerignore from '@balena/dockerignore'
import { type Cmd, Copy, DockerfileParser, type Env, From, type Instruction } from 'dockerfile-ast'

/** An image, or the state of one that is being built. */
export interface Image {
  /** The name of the image it is based on. */
  readonly base: string
  /** Where its root is. */
  readonly folder: string
  workdir: string
  user: string | undefined
  cmd: readonly string[]
  readonly env: Record<string, string>
  readonly exposed: number[]
}

/** Builds all stages below `into`; gives them in order, the last is the image. */
export function buildImage(dockerfile: string, repository: string, into: string): Image[] {
  const context = join(into, 'context')
  copyContext(repository, context)
  const stages = new Map<string, Image>()
  let image: Image | undefined
  for (const instruction of DockerfileParser.parse(readFileSync(dockerfile, 'utf8')).getInstructions()) {
    if (instruction instanceof From) {
      image = newImage(instruction, join(into, `stage-${stages.size}`))
      stages.set(instruction.getBuildStage() ?? String(stages.size), image)
    } else if (image === undefined) {
      throw new Error(`${instruction.getKeyword()} before FROM`)
    } else if (instruction instanceof Copy) {
      const from = instruction.getFromFlag()?.getValue()
      const source = from == null ? context : stages.get(from)?.folder
      if (source === undefined) throw new Error(`no stage ${from}`)
      copy(instruction, source, image)
    } else {
      apply(instruction, image)
    }
  }
  return [...stages.values()]
}

/** What git would put into a fresh clone, changes not yet committed included, less what .dockerignore leaves out. */
function copyContext(repository: string, context: string): void {
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  const rules = dockerignore.default().add(readFileSync(join(repository, '.dockerignore'), 'utf8'))
  const files = stdout.split('\0').filter((file) => file !== '' && existsSync(join(repository, file)))
  for (const file of rules.filter(files)) cpSync(join(repository, file), join(context, file))
}

function newImage(instruction: From, folder: string): Image {
  mkdirSync(folder)
  const base = instruction.getImage() ?? ''
  return { base, folder, workdir: '/', user: undefined, cmd: [], env: {}, exposed: [] }
}

function apply(instruction: Instruction, image: Image): void {
  const words = instruction.getArguments().map((argument) => argument.getValue())
  switch (instruction.getKeyword()) {
    case 'WORKDIR':
      image.workdir = posix.resolve(image.workdir, words[0] ?? '')
      mkdirSync(inside(image), { recursive: true })
      return
    case 'ENV':
      for (const property of (instruction as Env).getProperties())
        image.env[property.getName()] = property.getValue() ?? ''
      return
    case 'RUN':
      run(instruction.getArgumentsContent() ?? '', image)
      return
    case 'USER':
      image.user = words[0]
      return
    case 'EXPOSE':
      image.exposed.push(...words.map(Number))
      return
    case 'CMD':
      image.cmd = (instruction as Cmd).getJSONStrings().map((part) => part.getJSONValue())
      return
    default:
      throw new Error(`${instruction.getKeyword()} is not known here`)
  }
}

/** As Docker: of a folder its content is copied, and several sources go into a folder. */
function copy(instruction: Copy, source: string, image: Image): void {
  const paths = instruction.getArguments().map((argument) => argument.getValue())
  const to = paths.pop() ?? ''
  const target = inside(image, to)
  for (const path of paths) {
    const from = join(source, path)
    const isInto = !statSync(from).isDirectory() && (to.endsWith('/') || paths.length > 1)
    const goal = isInto ? join(target, basename(path)) : target
    mkdirSync(dirname(goal), { recursive: true })
    cpSync(from, goal, { recursive: true, verbatimSymlinks: true })
  }
}

/** Global installs go into the image's folder; npm is told where the machine's settings are, else it looks beside them. */
function run(command: string, image: Image): void {
  const prefix = join(image.folder, 'usr/local')
  const { PATH, HOME } = process.env
  const globalconfig = spawnSync('npm', ['config', 'get', 'globalconfig'], { encoding: 'utf8' }).stdout.trim()
  const env = {
    ...image.env,
    HOME,
    PATH: `${join(prefix, 'bin')}:${PATH}`,
    npm_config_prefix: prefix,
    npm_config_globalconfig: globalconfig,
  }
  const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], {
    cwd: inside(image),
    env,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`RUN ${command}\n${stdout}${stderr}`)
}

/** A path of the image on this machine. */
export function inside(image: Image, path = '.'): string {
  return join(image.folder, posix.resolve(image.workdir, path))
}
