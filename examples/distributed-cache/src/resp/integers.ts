// Integers as Redis reads them: decimal, of 64 bits, with nothing around them.
import { MAX_TTL_MS } from '../options.ts'
import type { Arguments } from './arguments.ts'
import { ErrorReply, notAnInteger } from './reply.ts'

const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/

/** @throws ErrorReply if an argument is no integer */
export function integerAt(args: Arguments, index: number): bigint {
  const text = args.text(index)
  const value = INTEGER.test(text) ? BigInt(text) : undefined
  if (value === undefined || BigInt.asIntN(64, value) !== value) throw notAnInteger
  return value
}

/** A time to live as `SET` and `EXPIRE` have it, in ms; may be below 0. @throws ErrorReply if it is out of range */
export function ttlMsAt(args: Arguments, index: number, unitMs: number, command: string): number {
  const ttlMs = Number(integerAt(args, index)) * unitMs
  if (Number.isSafeInteger(ttlMs) && ttlMs <= MAX_TTL_MS) return ttlMs
  throw invalidExpireTime(command)
}

export function invalidExpireTime(command: string): ErrorReply {
  return new ErrorReply(`ERR invalid expire time in '${command}' command`)
}
