// Network namespaces, named for the process that has made them: what one that was killed has left behind is found.
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './command.ts'

const PREFIX = 'rollcall-kube'

/** Starts a command so that the kernel kills it when this process ends, however that is. */
export const endsWithUs: readonly string[] = ['setpriv', '--pdeathsig', 'KILL']

/** A name for all that one run makes. */
export function newRunName(): string {
  return `${PREFIX}-${process.pid}-${randomBytes(2).toString('hex')}`
}

export class NetworkNamespace {
  readonly name: string
  /** What a command is started with to run in it. */
  readonly enter: readonly string[]

  private constructor(name: string) {
    this.name = name
    this.enter = ['nsenter', `--net=/run/netns/${name}`]
  }

  static async create(name: string): Promise<NetworkNamespace> {
    await run(['ip', 'netns', 'add', name])
    const namespace = new NetworkNamespace(name)
    await namespace.ip('link set lo up')
    return namespace
  }

  /** Commands of `ip`, in this namespace. */
  async ip(...commands: readonly string[]): Promise<void> {
    await run(['ip', '-n', this.name, '-batch', '-'], `${commands.join('\n')}\n`)
  }

  async remove(): Promise<void> {
    await run(['ip', 'netns', 'delete', this.name])
  }
}

/** Removes the namespaces of a run at once, for the end of a process. */
export function removeNamespaces(runName: string): void {
  for (const name of namespaces()) {
    if (name.startsWith(`${runName}-`)) spawnSync('ip', ['netns', 'delete', name])
  }
}

/** Removes what runs have left behind whose process is gone: namespaces, and folders of their name servers. */
export function removeLeftovers(): void {
  for (const name of namespaces()) {
    if (isLeftBehind(name, PREFIX)) spawnSync('ip', ['netns', 'delete', name])
  }
  for (const name of readdirSync(tmpdir())) {
    if (isLeftBehind(name, 'rollcall-bind')) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
}

function isLeftBehind(name: string, prefix: string): boolean {
  const [, pid] = new RegExp(`^${prefix}-(\\d+)-`).exec(name) ?? []
  return pid !== undefined && !isRunning(Number(pid))
}

function namespaces(): string[] {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => line.split(' ')[0] || [])
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
