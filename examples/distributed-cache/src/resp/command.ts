// What a command is.
import type { Cache } from '../cache.ts'
import type { Arguments } from './arguments.ts'
import type { Reply } from './reply.ts'

/** The connection on which a command came. */
export interface Client {
  readonly id: number
  /** As set by CLIENT SETNAME, empty if it was not. */
  name: string
  /** Whether the connection has ended: nobody reads a reply any more. */
  readonly isGone: boolean
  /** Ends the connection after the reply. */
  end(): void
}

/** What commands work on. */
export interface Context {
  readonly cache: Cache
  readonly client: Client
  /** Of writes: given up when the client has gone. */
  readonly options: { readonly signal: AbortSignal }
  /** Counts so many bytes as held, or no longer if negative: what a command holds of its reply while it is under way. */
  hold(bytes: number): void
  /** Holds so many bytes once all clients together do not hold too much; at once, and returns undefined, if they do not. */
  holdInTurn(bytes: number): Promise<void> | undefined
  /** Connections now, and since the start, and what commands have come on them. */
  readonly connections: { readonly open: number; readonly accepted: number; readonly commands: number }
  /** Further lines of INFO. */
  readonly about: () => Readonly<Record<string, string | number>>
}

/** Which arguments are keys, as in the answer to COMMAND: first, last (-1 is the last argument), and every how many. */
export type KeyPlaces = readonly [first: number, last: number, step: number]

export interface Command {
  readonly name: string
  /** Arguments, the name included; if negative, at least so many. */
  readonly arity: number
  /** `read` and `write` order commands of one connection that have a key in common. */
  readonly kind: 'read' | 'write' | 'other'
  readonly keys: KeyPlaces
  /** Of a write of one key: whether nothing of what an earlier one has done is left after it, nor told by its reply. */
  overwrites?(args: Arguments): boolean
  /** Takes what it needs of the arguments before it returns. May throw or reject with ErrorReply and CacheError. */
  run(args: Arguments, context: Context): Reply | Promise<Reply>
}

/** The keys among the arguments. */
export function keysOf({ keys: [first, last, step] }: Command, args: Arguments): string[] {
  if (first === 0) return []
  if (last === first) return [args.text(first)]
  const keys = []
  const end = last < 0 ? args.count + last : last
  for (let at = first; at <= end; at += step) keys.push(args.text(at))
  return keys
}

export function takesSoMany({ arity }: Command, { count }: Arguments): boolean {
  return arity < 0 ? count >= -arity : count === arity
}
