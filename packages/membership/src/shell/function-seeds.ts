// A seed source made of a bare async function, polled.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Seed, SeedFunction, SeedProblem, SeedSnapshot, SeedSource } from '../seed-source.ts'
import { canonicalIp, splitHostPort } from './address.ts'

const URGENT_POLL_MS = 1000
const CALM_POLL_MS = 30_000
const DEADLINE_MS = 10_000

/** Wraps a function that returns addresses. */
export function functionSeeds(find: SeedFunction): SeedSource {
  return {
    async *watch({ signal, urgent }) {
      let last: readonly Seed[] = []
      while (!signal.aborted) {
        const snapshot = await poll(find, last, signal)
        last = snapshot.seeds
        yield snapshot
        // The jitter keeps members that started together from asking together for ever.
        const calmUntil = performance.now() + CALM_POLL_MS * (1 + Math.random())
        do await sleep(URGENT_POLL_MS, undefined, { signal }).catch(() => {})
        while (!signal.aborted && !urgent() && performance.now() < calmUntil)
      }
    },
  }
}

async function poll(find: SeedFunction, last: readonly Seed[], signal: AbortSignal): Promise<SeedSnapshot> {
  try {
    const found: unknown = await withDeadline(find, signal)
    if (!Array.isArray(found)) throw new Error('it did not return a list of addresses')
    const unusable: unknown[] = []
    const seeds = found.flatMap((entry: unknown) => {
      const seed = typeof entry === 'string' ? seedFromText(entry) : seedFromObject(entry)
      if (seed === undefined) unusable.push(entry)
      return seed ?? []
    })
    return unusable.length === 0 ? { seeds } : { seeds, problem: unusableProblem(unusable) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `The function that finds seeds failed (${reason})${keptText(last)}.`
    return { seeds: last, problem: { type: 'source-failed', message } }
  }
}

/** Ends a sentence about a failed source: what came before stays, if anything did. */
export function keptText(last: readonly Seed[]): string {
  return last.length > 0 ? '; its last good set is kept' : ''
}

function seedFromText(text: string): Seed | undefined {
  const parts = splitHostPort(text)
  return parts === undefined ? undefined : seedFromObject({ address: parts.host, port: parts.port })
}

function seedFromObject(entry: unknown): Seed | undefined {
  const { address, port } = (entry ?? {}) as { readonly address?: unknown; readonly port?: unknown }
  if (typeof address !== 'string') return undefined
  const ip = address === 'localhost' ? '127.0.0.1' : canonicalIp(address)
  if (ip === undefined) return undefined
  if (port === undefined) return { address: ip }
  const fits = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535
  return fits ? { address: ip, port } : undefined
}

function unusableProblem(entries: readonly unknown[]): SeedProblem {
  const shown = entries.slice(0, 3).map((entry) => (typeof entry === 'string' ? entry : typeof entry))
  const more = entries.length > 3 ? ` and ${entries.length - 3} more` : ''
  const message = `Not an IP address with or without a port, and left out: ${shown.join(', ')}${more}.`
  return { type: 'unusable-addresses', message }
}

/** Calls the function with a signal of its own. It may not heed the signal; we do. */
function withDeadline(find: SeedFunction, signal: AbortSignal): Promise<unknown> {
  const controller = new AbortController()
  return new Promise((resolve, reject) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    }
    // A pending timer would keep the process alive after the cluster was left.
    const giveUp = () => {
      done()
      controller.abort()
      reject(new Error(`no answer within ${DEADLINE_MS / 1000} s`))
    }
    const timer = setTimeout(giveUp, DEADLINE_MS)
    signal.addEventListener('abort', giveUp, { once: true })
    const ask = async () => find({ signal: controller.signal })
    ask().then(resolve, reject).finally(done)
  })
}
