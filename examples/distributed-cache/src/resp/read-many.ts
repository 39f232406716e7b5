// Reads the keys of one command: some at a time, and hands on each value when it comes. Nothing is held here.
import type { Held } from '../cache.ts'
import { CacheError, clientGone } from '../errors.ts'
import type { Context } from './command.ts'
import { READ_MANY_MS } from './limits.ts'

/** So many are asked of other pods at a time. */
const AT_A_TIME = 64

/** Given what was found for the key in that place. What it throws ends the command. */
export type Take = (found: Held | undefined, index: number) => void

/**
 * Hands on what is found, in whatever order; at once, and returns undefined, if all of it is in this pod. After an error it hands
 * on nothing. `begin`: what is waited for before more than one is asked of other pods.
 */
export function readMany(
  context: Pick<Context, 'cache' | 'client'>,
  keys: readonly string[],
  take: Take,
  begin: () => Promise<void> | undefined = () => undefined,
): Promise<void> | undefined {
  for (let index = 0; index < keys.length; index++) {
    const found = context.cache.read(keys[index] as string)
    if (found instanceof Promise) return readOn(context, keys, take, begin, index, found)
    take(found, index)
  }
  return undefined
}

/** @param first the answer for the key in the place `from` */
async function readOn(
  { cache, client }: Pick<Context, 'cache' | 'client'>,
  keys: readonly string[],
  take: Take,
  begin: () => Promise<void> | undefined,
  from: number,
  first: Promise<Held | undefined>,
): Promise<void> {
  let next = from
  let isOver = false
  const deadline = performance.now() + READ_MANY_MS
  const readNext = async () => {
    try {
      while (next < keys.length && !isOver) {
        if (performance.now() > deadline) throw late(keys.length)
        const index = next++
        const found = await (index === from ? first : cache.read(keys[index] as string))
        if (client.isGone) throw clientGone()
        if (!isOver) take(found, index)
      }
    } catch (error) {
      isOver = true
      throw error
    }
  }
  first.catch(() => {})
  await begin()
  await Promise.all(Array.from({ length: Math.min(AT_A_TIME, keys.length - from) }, readNext))
}

function late(count: number): CacheError {
  return new CacheError(
    'ERR_CACHE_UNAVAILABLE',
    `not all of ${count} keys have been read within ${READ_MANY_MS / 1000} s`,
  )
}
