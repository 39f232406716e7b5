// What all connections of a server share.
import type { ByteBudget } from '../byte-budget.ts'
import type { Cache } from '../cache.ts'
import type { Refusals } from '../refusals.ts'
import type { Context } from './command.ts'
import type { Connection } from './connection.ts'
import type { ReplyEncoder } from './encoder.ts'

export interface Shared {
  readonly cache: Cache
  readonly encoder: ReplyEncoder
  readonly budget: ByteBudget
  readonly refusals: Refusals
  readonly connections: Context['connections'] & { commands: number }
  readonly about: Context['about']
  /** Lets a connection go on at the end of this turn, when more replies may be there. */
  goOnSoon(connection: Connection): void
}
