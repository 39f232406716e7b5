// `npm run cache`: the cache on a laptop, three pods as three processes on loopback, and nothing else.
import { SettingError, settingsFrom } from '../settings.ts'
import { help, readArguments } from './arguments.ts'
import { makeKeyFile } from './key-file.ts'
import { Pods } from './pods.ts'
import { findPorts } from './ports.ts'
import { welcome } from './welcome.ts'

const HOST = '127.0.0.1'
const FIRST_PORTS = { peer: 7946, resp: 6379, http: 8080 }
const PARENT_EVERY_MS = 250
const AGAIN_AFTER_MS = 300

async function run(count: number): Promise<void> {
  const peers = await findPorts(HOST, FIRST_PORTS.peer, count)
  const resp = await findPorts(HOST, FIRST_PORTS.resp, count)
  const http = await findPorts(HOST, FIRST_PORTS.http, count)
  const places = peers.map((peerPort, index) => ({
    ...{ name: `cache-${index}`, peerPort },
    ...{ respPort: resp[index] as number, httpPort: http[index] as number },
  }))
  const seeds = peers.map((port) => `${HOST}:${port}`).join(',')
  // No proxy has to learn that a pod leaves.
  const drain = process.env.DRAIN_MS ? {} : { DRAIN_MS: '0' }
  const keyFile = makeKeyFile()
  process.once('exit', () => keyFile.remove())
  const env = { HOST, SEEDS: seeds, EXPECTED_SIZE: String(count), KEY_FILE: keyFile.path, ...drain }
  // Wrong for all pods: said once.
  settingsFrom({ ...process.env, ...env })
  const pods = new Pods(env, (line) => console.log(line))
  endWithUs(pods)
  pods.start(places).then((running) => console.log(welcome(HOST, running)))
  const isInOrder = await pods.ended
  process.exit(isInOrder ? 0 : 1)
}

/** The first signal lets all pods leave, a second ends them at once. */
function endWithUs(pods: Pods): void {
  let sinceMs: number | undefined
  const end = () => {
    const nowMs = performance.now()
    // Ctrl-C may come twice at once: from the terminal, and from npm.
    if (sinceMs !== undefined && nowMs - sinceMs > AGAIN_AFTER_MS) pods.kill()
    if (sinceMs !== undefined) return
    sinceMs = nowMs
    console.log('The pods leave; Ctrl-C again ends them at once.')
    pods.end()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  // npm tells the shell between us of a signal, and that ends without a word to us.
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    end()
  }, PARENT_EVERY_MS)
  // Nobody reads what we print.
  process.stdout.on('error', end)
  process.once('exit', () => pods.kill())
}

function giveUp(error: unknown): void {
  if (!(error instanceof SettingError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

const wanted = readArguments(process.argv.slice(2))
if (wanted.type === 'help') process.stdout.write(help)
else if (wanted.type === 'run') await run(wanted.pods).catch(giveUp)
else {
  process.stderr.write(`${wanted.message}\n\n${help}`)
  process.exitCode = 2
}
