// One container: the program of a pod as process 1 of its own process namespace, with the host name, resolv.conf and hosts
// file that the kubelet would give it. All of that ends with the process, and the process ends with us.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { endsWithUs, type NetworkNamespace } from '../network/network-namespace.ts'

/** Its mounts are seen by nobody else. The program's own errors go to 3, since those on 2 are of what starts it. */
const ENTRY = `set -e
hostname "$1"
conf=$(readlink -f /etc/resolv.conf)
mount -t tmpfs tmpfs /run
mkdir -p "$(dirname "$conf")" /run/secrets/kubernetes.io/serviceaccount
[ -e "$conf" ] || : > "$conf"
printf %s "$2" > /run/resolv.conf
mount --bind /run/resolv.conf "$conf"
printf %s "$3" > /run/hosts
mount --bind /run/hosts /etc/hosts
printf %s "$4" > /run/secrets/kubernetes.io/serviceaccount/namespace
if [ -n "$5" ]; then mkdir /run/secrets/rollcall; printf %s "$5" > /run/secrets/rollcall/keys; fi
shift 5
exec "$@" 2>&3 3>&-`

/** How long it may take until the program is there to be sent a signal. */
const START_MS = 10_000

export interface ContainerOptions {
  readonly network: NetworkNamespace
  readonly hostname: string
  readonly resolvConf: string
  readonly hosts: string
  /** The namespace of Kubernetes, as it is mounted into every pod. */
  readonly namespace: string
  /** What the Secret with the keys has in its file; empty where none is mounted. */
  readonly keys: string
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly onLine: (line: string) => void
}

export class Container {
  /** The exit code, as Kubernetes gives it: 137 after SIGKILL. */
  readonly exited: Promise<number>
  readonly #pid: Promise<number | undefined>
  #isKilled = false

  constructor(options: ContainerOptions) {
    const { network, hostname, resolvConf, hosts, namespace, keys, command, env, onLine } = options
    const isolated = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc']
    const entry = ['sh', '-c', ENTRY, 'sh', hostname, resolvConf, hosts, namespace, keys, ...command]
    const [program = '', ...args] = [...endsWithUs, ...network.enter, ...isolated, ...entry]
    // In a session of its own: a Ctrl-C in the terminal is for us, not for the pods.
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], detached: true })
    const problems: string[] = []
    for (const output of [child.stdio[1], child.stdio[3]]) {
      if (output) createInterface({ input: output as NodeJS.ReadableStream }).on('line', onLine)
    }
    child.stderr?.on('data', (chunk) => problems.push(String(chunk)))
    this.exited = new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        if (this.#isKilled) return resolve(137)
        // It complains of what becomes of a program that a signal has ended, too.
        if (code !== 0) for (const line of problems.join('').split('\n')) if (line) onLine(line)
        resolve(code ?? 1)
      })
    })
    this.#pid = firstProcess(child)
  }

  /** Sends a signal to the program. As process 1 it is only ended by signals that it handles, and by SIGKILL. */
  async signal(name: NodeJS.Signals): Promise<void> {
    const pid = await this.#pid
    if (pid === undefined) return
    if (name === 'SIGKILL') this.#isKilled = true
    try {
      process.kill(pid, name)
    } catch {} // It has ended already.
  }
}

/** The program itself, which `unshare` has as its only child; undefined if it has ended already. */
async function firstProcess(child: ChildProcess): Promise<number | undefined> {
  const deadline = performance.now() + START_MS
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    const pid = childOf(child.pid)
    if (pid !== undefined) return pid
    await sleep(2)
  }
  return undefined
}

function childOf(pid: number | undefined): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()) || undefined
  } catch {
    return undefined
  }
}
