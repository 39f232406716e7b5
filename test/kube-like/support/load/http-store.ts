// Keys and values over HTTP, as a client of the examples sees them: GET, PUT and DELETE below one path.
import { request } from 'node:http'
import type { Dialer } from '../network/dialer.ts'

/** What a load needs of a store. Rejects when there is no answer, or a refusal. */
export interface Store {
  /** Undefined: no such key. */
  get(address: string, key: string): Promise<string | undefined>
  put(address: string, key: string, value: string): Promise<void>
  delete(address: string, key: string): Promise<void>
}

export interface HttpStoreOptions {
  readonly port: number
  /** Such as `/keys/`. */
  readonly path: string
  /** How long a client waits for one answer. */
  readonly timeoutMs: number
  /** How long for a connection, of that. Default: no less. */
  readonly connectTimeoutMs?: number
}

/** Connections are kept, and made anew when a pod has closed them. */
export function httpStore(
  dialer: Dialer,
  { port, path, timeoutMs, connectTimeoutMs = timeoutMs }: HttpStoreOptions,
): Store {
  const agent = dialer.agent({ connectTimeoutMs })
  const send = (host: string, method: string, key: string, body?: string) =>
    new Promise<{ status: number; text: string; isStale: boolean }>((resolve, reject) => {
      const signal = AbortSignal.timeout(timeoutMs)
      const options = { agent, host, port, method, path: `${path}${encodeURIComponent(key)}`, signal }
      const sent = request(options, async (response) => {
        try {
          const chunks: Buffer[] = []
          for await (const chunk of response) chunks.push(chunk)
          const isStale = response.headers.stale !== undefined
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), isStale })
        } catch (error) {
          reject(error)
        }
      })
      sent.once('error', reject)
      sent.end(body)
    })
  return {
    async get(address, key) {
      const { status, text, isStale } = await send(address, 'GET', key)
      // What is marked promises nothing: a client that wants the newest asks elsewhere.
      if (isStale) throw new Error('marked as stale')
      if (status === 404) return undefined
      if (status !== 200) throw new Error(`${status} ${text}`)
      return text
    },
    async put(address, key, value) {
      const { status, text } = await send(address, 'PUT', key, value)
      if (status < 200 || status > 299) throw new Error(`${status} ${text}`)
    },
    async delete(address, key) {
      const { status, text } = await send(address, 'DELETE', key)
      if (status !== 404 && (status < 200 || status > 299)) throw new Error(`${status} ${text}`)
    },
  }
}
