// What may follow key and value in SET: EX or PX with a time, NX or XX, in any order.
import type { Condition, SetOptions } from '../cache.ts'
import type { Arguments } from './arguments.ts'
import { invalidExpireTime, ttlMsAt } from './integers.ts'
import { syntaxError } from './reply.ts'

const FIRST = 3
const UNITS_MS: Readonly<Record<string, number>> = { EX: 1000, PX: 1 }
const CONDITIONS: Readonly<Record<string, Condition>> = { NX: 'absent', XX: 'present' }

/** @throws ErrorReply for what else may follow in Redis, too */
export function parseSetOptions(args: Arguments): SetOptions {
  let ttlMs: number | undefined
  let condition: Condition | undefined
  for (let at = FIRST; at < args.count; at++) {
    const option = args.text(at).toUpperCase()
    const unitMs = UNITS_MS[option]
    if (unitMs !== undefined && ttlMs === undefined && at + 1 < args.count) {
      ttlMs = ttlMsAt(args, ++at, unitMs, 'set')
      if (ttlMs <= 0) throw invalidExpireTime('set')
    } else if (CONDITIONS[option] !== undefined && (condition ?? CONDITIONS[option]) === CONDITIONS[option]) {
      condition = CONDITIONS[option]
    } else throw syntaxError
  }
  return { ...(ttlMs !== undefined && { ttlMs }), ...(condition && { condition }) }
}
