// The examples of docs/messages.md, word for word: type-checked with everything else, and run by a test.
import {
  BackpressureError,
  type Cluster,
  HandlerError,
  MemberGoneError,
  streamTopic,
  topic,
  UnreachableError,
} from '@rollcall/membership'

const text = (body: unknown): string => {
  if (typeof body === 'string') return body
  throw new TypeError('expected a string')
}

export const get = topic<string, string>('cache.get', { validate: text, validateResponse: text })
export const invalidate = topic<string>('cache.invalidate', { validate: text })
export const shard = streamTopic<string>('cache.shard', { validate: text })
export const restore = topic<string, number>('cache.restore', { validate: text, validateResponse: Number })

export function serve(cluster: Cluster, values: Map<string, string>): void {
  cluster.serve(get, (key) => {
    const value = values.get(key)
    if (value === undefined) throw new HandlerError('NOT_HERE', `no value for ${key}`, { key })
    return value
  })
  cluster.serve(invalidate, (key, { from }) => {
    values.delete(key)
    console.log(`${from.name} invalidated ${key}`)
  })
  cluster.serve(shard, async function* (prefix, { signal }) {
    for (const [key, value] of values) {
      if (signal.aborted) return
      if (key.startsWith(prefix)) yield Buffer.from(`${key}=${value}\n`)
    }
  })
  cluster.serve(restore, async (prefix, { chunks }) => {
    let bytes = 0
    for await (const chunk of chunks) bytes += chunk.length
    console.log(`restored ${prefix}`)
    return bytes
  })
}

export async function read(cluster: Cluster, owners: string[], key: string): Promise<string> {
  for (const owner of owners) {
    try {
      return await cluster.request(owner, get, key, { timeoutMs: 1000 })
    } catch (error) {
      // A read may be asked twice. Of a write one would look at `mayHaveRun` first.
      if (error instanceof MemberGoneError || error instanceof UnreachableError) continue
      throw error
    }
  }
  throw new Error(`no owner of ${key} answers`)
}

export async function sendAll(cluster: Cluster, to: string, keys: string[]): Promise<void> {
  for (const key of keys) {
    for (;;) {
      try {
        await cluster.send(to, invalidate, key)
        break
      } catch (error) {
        if (!(error instanceof BackpressureError)) throw error
        await cluster.writable(to)
      }
    }
  }
}

export async function moveShard(cluster: Cluster, from: string, to: string, prefix: string): Promise<number> {
  const chunks = cluster.stream(from, shard, prefix)
  return cluster.request(to, restore, prefix, { chunks })
}
