// Runs Unbound as the cache that stands between pods and their name server, as NodeLocal DNSCache does, where it is
// installed (Debian package unbound).
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './loopback.ts'
import { until } from './until.ts'

/** Version of the installed Unbound; `undefined` where there is none. */
export function unboundVersion(): string | undefined {
  try {
    return execFileSync('unbound', ['-V'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    )[0]
  } catch {
    return undefined
  }
}

/** A running Unbound. */
export interface Unbound extends AsyncDisposable {
  /** `address:port`. */
  readonly server: string
}

/** Starts Unbound, which asks `upstream` for names of `zone`, and keeps each answer for its time to live. */
export async function startUnbound(
  zone: string,
  upstream: { address: string; port: number },
): Promise<Unbound> {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-unbound-'))
  const port = await freePort()
  const config = join(folder, 'unbound.conf')
  writeFileSync(
    config,
    `server:
  interface: 127.0.0.1@${port}
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 1
  num-threads: 1
  do-not-query-localhost: no
  module-config: "iterator"
stub-zone:
  name: "${zone}"
  stub-addr: ${upstream.address}@${upstream.port}
`,
  )
  const unbound = spawn('unbound', ['-d', '-p', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  unbound.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  const stop = async () => {
    const exited =
      unbound.exitCode === null && unbound.signalCode === null ? once(unbound, 'exit') : undefined
    unbound.kill('SIGKILL')
    await exited
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await until('unbound runs', () => log.includes('start of service'), { state: () => log })
  } catch (error) {
    await stop()
    throw error
  }
  return { server: `127.0.0.1:${port}`, [Symbol.asyncDispose]: stop }
}
