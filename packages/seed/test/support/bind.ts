// Runs BIND's `named` with one zone, where it is installed (Debian package bind9).
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { wait } from '../../src/timers.ts'

/** Version of the installed BIND; `undefined` where there is none. */
export function bindVersion(): string | undefined {
  try {
    return execFileSync('named', ['-v'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}

/** A running `named`. */
export interface Bind extends AsyncDisposable {
  /** `address:port`. */
  readonly server: string
  /** Replaces the lines of the zone and has it loaded, which takes a moment. */
  replace(lines: readonly string[]): void
}

/** Where it listens: on a free port of loopback, if nothing is said. */
export interface BindPlace {
  readonly address?: string
  readonly port?: number
  /** The command that starts another one there, such as `ip netns exec NAME`. */
  readonly enter?: readonly string[]
}

/** Starts `named` for `zone` with these lines of a zone file; resolves when it answers for the zone. */
export async function startBind(
  zone: string,
  lines: readonly string[],
  { address = '127.0.0.1', port: givenPort, enter = [] }: BindPlace = {},
): Promise<Bind> {
  const folder = mkdtempSync(join(tmpdir(), `rollcall-bind-${process.pid}-`))
  const port = givenPort ?? (await freePort())
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeFolder)
  let serial = 0
  const writeZone = (content: readonly string[]) => {
    serial += 1
    const head = `$TTL 30\n@ SOA ns hostmaster ${serial} 7200 1800 86400 30\n@ NS ns\nns A 127.0.0.1`
    writeFileSync(join(folder, 'zone'), `${head}\n${content.join('\n')}\n`)
  }
  writeZone(lines)
  writeFileSync(
    join(folder, 'named.conf'),
    `options {
  directory "${folder}"; pid-file none; session-keyfile none;
  listen-on port ${port} { ${isIPv6(address) ? 'none' : address}; };
  listen-on-v6 port ${port} { ${isIPv6(address) ? address : 'none'}; };
  recursion no; dnssec-validation no; max-records-per-type 0;
};
controls { };
zone "${zone}" { type primary; file "zone"; };
`,
  )
  const [command = '', ...args] = [...enter, 'named', '-g', '-n', '1', '-c', join(folder, 'named.conf')]
  // Ctrl-C is for us: it is still asked while we end.
  const named = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  const stop = async () => {
    const exited = named.exitCode === null && named.signalCode === null ? once(named, 'exit') : undefined
    named.kill('SIGKILL')
    await exited
    process.removeListener('exit', removeFolder)
    removeFolder()
  }
  try {
    await untilRunning(named)
  } catch (error) {
    await stop()
    throw error
  }
  const replace = (content: readonly string[]) => {
    writeZone(content)
    named.kill('SIGHUP')
  }
  return { server: `${address}:${port}`, replace, [Symbol.asyncDispose]: stop }
}

async function untilRunning(named: ChildProcess): Promise<void> {
  let log = ''
  const deadline = new AbortController()
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error(`named did not start:\n${log}`))
      void wait(15_000, deadline.signal).then(fail)
      named.once('error', fail)
      named.once('exit', fail)
      named.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString()
        if (/ running$/m.test(log)) resolve()
      })
    })
  } finally {
    deadline.abort()
  }
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}
