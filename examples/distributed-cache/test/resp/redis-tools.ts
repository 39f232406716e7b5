// Redis' own programs, where they are installed.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** Whether a program can be run; says so if it cannot. */
export function hasProgram(name: string): boolean {
  const isThere = spawnSync(name, ['--version']).status === 0
  if (!isThere)
    console.log(`${name} is not installed: its tests are skipped (Debian: redis-tools, redis-server)`)
  return isThere
}

/** Starts a Redis server for one test; resolves with its port when it takes connections. */
export async function startRedis(): Promise<number> {
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '']
  const redis = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(redis, 'exit')
  onTestFinished(async () => {
    redis.kill('SIGKILL')
    await exited
  })
  for await (const line of createInterface({ input: redis.stdout })) if (/ready to accept/i.test(line)) break
  redis.stdout.resume()
  return port
}

/** Runs a program; resolves with what it printed, or rejects if it takes too long. */
export async function run(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], timeout: 60_000 })
  child.stdin.end(input)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [code, signal] = await once(child, 'close')
  if (code !== 0) throw new Error(`${program} ended with ${code ?? signal}: ${output}`)
  return output
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
