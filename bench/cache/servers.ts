// What is measured: a Redis server, and pods of the example's cache, each a process of its own on loopback.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Server {
  /** Where commands go to. */
  readonly port: number
  /** All processes, the one behind that port first. */
  readonly pids: readonly number[]
  stop(): Promise<void>
}

const HOST = '127.0.0.1'
const READY_TIMEOUT_MS = 60_000
const program = fileURLToPath(new URL('../../examples/distributed-cache/dist/main.js', import.meta.url))
const bareProgram = fileURLToPath(new URL('../processes/bare-server.mjs', import.meta.url))
/** The size of V8's young generation on any machine: as in the image of the example. */
const POD_OPTIONS = ['--max-semi-space-size=16']

/** Whatever still runs when the driver ends is ended with it. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A Redis server that writes nothing to disk. */
export async function startRedis(): Promise<Server> {
  const port = await freePort()
  const args = ['--port', `${port}`, '--bind', HOST, '--save', '', '--appendonly', 'no']
  const child = start('redis-server', args, {})
  await seen(child, /ready to accept/i)
  return serverOf([child], port)
}

/** A bare server of Node, which answers all commands of a test alike. */
export async function startBare(test: 'get' | 'set'): Promise<Server> {
  const port = await freePort()
  const child = start(process.execPath, [bareProgram, `${port}`, test], {})
  await seen(child, /is ready/)
  return serverOf([child], port)
}

/** Pods that are ready; commands go to the first. */
export async function startPods(options: {
  readonly pods: number
  readonly replicas: number
  readonly maxBytes?: number
}): Promise<Server> {
  const places = await Promise.all(
    Array.from({ length: options.pods }, async () => ({ peer: await freePort(), resp: await freePort() })),
  )
  const shared = {
    ...{ HOST, HTTP_PORT: '0', DRAIN_MS: '0', SEEDS: places.map(({ peer }) => `${HOST}:${peer}`).join(',') },
    ...{ EXPECTED_SIZE: `${options.pods}`, REPLICAS: `${options.replicas}` },
    MAX_BYTES: `${options.maxBytes ?? 1024 ** 3}`,
  }
  const children = places.map(({ peer, resp }, index) => {
    const own = { POD_NAME: `cache-${index}`, PORT: `${peer}`, RESP_PORT: `${resp}` }
    return start(process.execPath, [...POD_OPTIONS, program], { ...shared, ...own })
  })
  await Promise.all(children.map((child) => seen(child, /is ready/)))
  return serverOf(children, places[0]?.resp as number)
}

function start(command: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  // tsx runs this driver only: its options must not reach what is measured.
  const { NODE_OPTIONS: _, ...ours } = process.env
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...ours, ...env } })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Resolves when it has printed a line like that. */
async function seen(child: ChildProcess, line: RegExp): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS)
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
  try {
    for await (const one of lines) if (line.test(one)) return
    throw new Error(`${child.spawnargs.join(' ')} ended before it was ready`)
  } finally {
    clearTimeout(timer)
    child.stdout?.resume()
  }
}

function serverOf(children: readonly ChildProcess[], port: number): Server {
  const stop = async () => {
    const ends = children.map((child) => once(child, 'exit'))
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(ends)
  }
  return { port, pids: children.map(({ pid }) => pid as number), stop }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
