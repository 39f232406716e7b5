// Pods of the service as processes on loopback.
import { join } from 'node:path'
import { type Child, spawnChild } from '@rollcall/testkit'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { findPorts } from '../../src/laptop/ports.ts'

const HOST = '127.0.0.1'
const READY_MS = 60_000
/** Tests that run at the same time are processes of their own. */
const FIRST_PORT = 20_000 + (process.pid % 1000) * 10

export interface RunningPod {
  readonly name: string
  readonly process: Child
  readonly respPort: number
  readonly httpPort: number
  redis(): Redis
}

/** Arguments of node that run a program of the example from its sources. */
export function programArguments(path: string): string[] {
  return ['--import', 'tsx', '--conditions=@rollcall/source', join(import.meta.dirname, '../../src', path)]
}

/** Pods that know of one another's addresses; each is started when it is asked for. */
export async function pods(names: readonly string[]) {
  const ports = await findPorts(HOST, FIRST_PORT, names.length + 1)
  const seeds = ports.map((port) => `${HOST}:${port}`).join(',')
  let next = 0
  /** Starts a pod at an address of its own; resolves when it is ready. */
  return async (name: string): Promise<RunningPod> => {
    const env = {
      POD_NAME: name,
      HOST,
      PORT: String(ports[next++]),
      SEEDS: seeds,
      RESP_PORT: '0',
      HTTP_PORT: '0',
    }
    const child = await spawnChild({
      args: programArguments('main.ts'),
      env: { ...env, EXPECTED_SIZE: String(names.length), DRAIN_MS: '100', MAX_BYTES: '50000000' },
      readyLine: `${name} is ready`,
      readyTimeoutMs: READY_MS,
    })
    onTestFinished(async () => void (await child.kill()))
    const [, resp, http] =
      /Redis protocol on port (\d+), HTTP on port (\d+)/.exec(child.lines.join('\n')) ?? []
    const [respPort, httpPort] = [Number(resp), Number(http)]
    const redis = () => {
      const client = new Redis({ port: respPort, host: HOST, retryStrategy: () => null })
      client.on('error', () => {})
      onTestFinished(() => client.disconnect())
      return client
    }
    return { name, process: child, respPort, httpPort, redis }
  }
}
