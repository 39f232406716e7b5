// Commands about keys.
import type { CacheStats, Held, Written } from '../cache.ts'
import { type Arguments, textsFrom } from './arguments.ts'
import type { Command, Context, KeyPlaces } from './command.ts'
import { integerAt, ttlMsAt } from './integers.ts'
import { MAX_REPLY_BYTES } from './limits.ts'
import { readMany } from './read-many.ts'
import { ErrorReply, OK, type Reply, shown, sizeOf, wrongNumberOfArguments } from './reply.ts'
import { parseSetOptions } from './set-options.ts'

type Run = Command['run']

/** So many keys of one command are written at a time. */
const BATCH = 256
const ONE_KEY: KeyPlaces = [1, 1, 1]
const ALL_KEYS: KeyPlaces = [1, -1, 1]
const tooLong = new ErrorReply(
  `ERR the reply would be longer than ${MAX_REPLY_BYTES} bytes: ask for fewer keys`,
)

export const keyCommands: readonly Command[] = [
  { name: 'get', arity: 2, kind: 'read', keys: ONE_KEY, run: get },
  { name: 'mget', arity: -2, kind: 'read', keys: ALL_KEYS, run: mget },
  { name: 'exists', arity: -2, kind: 'read', keys: ALL_KEYS, run: exists },
  { name: 'ttl', arity: 2, kind: 'read', keys: ONE_KEY, run: ttl(1000) },
  { name: 'pttl', arity: 2, kind: 'read', keys: ONE_KEY, run: ttl(1) },
  { name: 'set', arity: -3, kind: 'write', keys: ONE_KEY, run: set, overwrites },
  { name: 'mset', arity: -3, kind: 'write', keys: [1, -1, 2], run: mset },
  { name: 'del', arity: -2, kind: 'write', keys: ALL_KEYS, run: del },
  { name: 'unlink', arity: -2, kind: 'write', keys: ALL_KEYS, run: del },
  { name: 'expire', arity: -3, kind: 'write', keys: ONE_KEY, run: expire('expire', 1000) },
  { name: 'pexpire', arity: -3, kind: 'write', keys: ONE_KEY, run: expire('pexpire', 1) },
  { name: 'incr', arity: 2, kind: 'write', keys: ONE_KEY, run: increment(() => 1n) },
  { name: 'decr', arity: 2, kind: 'write', keys: ONE_KEY, run: increment(() => -1n) },
  { name: 'incrby', arity: 3, kind: 'write', keys: ONE_KEY, run: increment((args) => integerAt(args, 2)) },
  { name: 'decrby', arity: 3, kind: 'write', keys: ONE_KEY, run: increment(decrement) },
]

function get(args: Arguments, { cache }: Context): Reply | Promise<Reply> {
  return after(cache.read(args.text(1)), bulkOf)
}

/** What it is expected to take counts as held before it begins, and what has come while the rest is under way. */
function mget(args: Arguments, context: Context): Reply | Promise<Reply> {
  const keys = textsFrom(args, 1)
  const reply = new Array<string | Uint8Array | null>(keys.length).fill(null)
  let bytes = 0
  /** Undefined while all of it is in this pod: then nothing has to be waited for. */
  let heldBytes: number | undefined
  const take = (found: Held | undefined, index: number) => {
    const value = bulkOf(found)
    const size = sizeOf(value)
    if (bytes + size > MAX_REPLY_BYTES) throw tooLong
    bytes += size
    reply[index] = value
    if (heldBytes === undefined || bytes <= heldBytes) return
    context.hold(bytes - heldBytes)
    heldBytes = bytes
  }
  const begin = () => {
    heldBytes = Math.max(bytes, expectedBytes(context.cache.stats, keys.length))
    return context.holdInTurn(heldBytes)
  }
  const reading = readMany(context, keys, take, begin)
  if (reading === undefined) return reply
  const drop = (error: unknown) => {
    reply.length = 0
    throw error
  }
  return reading.then(() => reply, drop).finally(() => context.hold(-(heldBytes ?? 0)))
}

/** Of so many values, by what the entries of this pod take at the mean. */
function expectedBytes({ bytes, entries }: CacheStats, count: number): number {
  return Math.min(MAX_REPLY_BYTES, Math.ceil((count * bytes) / Math.max(1, entries)))
}

function exists(args: Arguments, context: Context): Reply | Promise<Reply> {
  let count = 0
  const reading = readMany(context, textsFrom(args, 1), (found) => {
    if (found !== undefined) count++
  })
  return after(reading, () => count)
}

function ttl(unitMs: number): Run {
  const reply = (found: Held | undefined) => {
    if (found === undefined) return -2
    if (found.expiresAtMs === undefined) return -1
    return Math.max(0, Math.round((found.expiresAtMs - Date.now()) / unitMs))
  }
  return (args, { cache }) => after(cache.read(args.text(1)), reply)
}

/** The cache copies the value before `set` returns: what it keeps does not keep the chunk that came in. */
function set(args: Arguments, { cache, options: common }: Context): Promise<Reply> {
  const options = args.count > 3 ? { ...parseSetOptions(args), ...common } : common
  return cache.set(args.text(1), args.at(2), options).then(isWrittenReply)
}

function isWrittenReply({ isWritten }: Written): Reply {
  return isWritten ? OK : null
}

function overwrites(args: Arguments): boolean {
  try {
    return args.count === 3 || parseSetOptions(args).condition === undefined
  } catch {
    return false
  }
}

/** Not as one: another client may see some of it, and after an error some may be done. Not all is copied at once. */
async function mset(args: Arguments, { cache, options }: Context): Promise<Reply> {
  if (args.count % 2 === 0) throw wrongNumberOfArguments('mset')
  const values = new Map<string, Uint8Array>()
  for (let at = 1; at < args.count; at += 2) values.set(args.text(at), new Uint8Array(args.at(at + 1)))
  await inBatches([...values], ([key, value]) => cache.set(key, value, options))
  return OK
}

async function del(args: Arguments, { cache, options }: Context): Promise<Reply> {
  const keys = new Set(textsFrom(args, 1))
  const were = await inBatches([...keys], (key) => cache.delete(key, options))
  return were.filter(Boolean).length
}

function expire(name: string, unitMs: number): Run {
  return async (args, { cache, options }) => {
    const ttlMs = ttlMsAt(args, 2, unitMs, name)
    if (args.count > 3) throw new ErrorReply(`ERR Unsupported option ${shown(args.text(3))}`)
    const key = args.text(1)
    const was = ttlMs > 0 ? await cache.expire(key, ttlMs, options) : await cache.delete(key, options)
    return was ? 1 : 0
  }
}

function increment(by: (args: Arguments) => bigint): Run {
  return (args, { cache, options }) => cache.increment(args.text(1), by(args), options)
}

function decrement(args: Arguments): bigint {
  const by = -integerAt(args, 2)
  if (BigInt.asIntN(64, by) !== by) throw new ErrorReply('ERR decrement would overflow')
  return by
}

function bulkOf(found: Held | undefined): string | Uint8Array | null {
  return found === undefined ? null : found.kept
}

async function inBatches<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += BATCH) {
    results.push(...(await Promise.all(items.slice(at, at + BATCH).map(run))))
  }
  return results
}

/** At once if it is here. */
function after<T>(value: T | Promise<T>, reply: (value: T) => Reply): Reply | Promise<Reply> {
  return value instanceof Promise ? value.then(reply) : reply(value)
}
