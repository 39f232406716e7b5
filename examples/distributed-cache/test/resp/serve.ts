// A server of the Redis protocol over the test double, for one test.
import { onTestFinished } from 'vitest'
import { ByteBudget } from '../../src/byte-budget.ts'
import { Refusals } from '../../src/refusals.ts'
import { MAX_HELD_BYTES } from '../../src/resp/limits.ts'
import { RespServer, type RespServerOptions } from '../../src/resp/server.ts'
import { MemoryCache } from '../memory-cache.ts'
import { RawClient } from './raw-client.ts'

export interface Served {
  readonly cache: MemoryCache
  readonly budget: ByteBudget
  readonly refusals: Refusals
  readonly server: RespServer
  readonly port: number
  connect(): Promise<RawClient>
}

export async function serve(options: Partial<RespServerOptions> = {}): Promise<Served> {
  const cache = new MemoryCache()
  const budget = new ByteBudget(MAX_HELD_BYTES)
  const refusals = new Refusals()
  const server = new RespServer({ cache, budget, refusals, ...options })
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => server.close(0))
  const connect = async () => {
    const client = await RawClient.connect(port)
    onTestFinished(() => client.close())
    return client
  }
  return { cache, budget, refusals, server, port, connect }
}
