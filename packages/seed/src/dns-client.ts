// Asks name servers one question at a time: one server after the other, each within its share of the time. Node's
// resolver does not go on after SERVFAIL or REFUSED, does not time out on silent TCP for half a minute, and cannot
// tell that TCP alone is blocked; this does. It never uses `dns.lookup`, which can hang for ever in a pool thread.
import { promises as dns } from 'node:dns'
import type { RecordType, ServerProblemType } from './seed-problem.ts'
import { within } from './timers.ts'

/** Where an SRV record points. */
export interface SrvTarget {
  /** The host. */
  readonly name: string
  /** Its port. */
  readonly port: number
}

/** What is used of Node's `dns.promises.Resolver`. Rejections carry Node's codes, such as `ENOTFOUND`. */
export interface DnsResolver {
  /** The A records of a name; rejects as that of `node:dns/promises` does. */
  resolve4(name: string): Promise<string[]>
  /** The AAAA records, in the same way. */
  resolve6(name: string): Promise<string[]>
  /** The SRV records, in the same way. */
  resolveSrv(name: string): Promise<SrvTarget[]>
  /** Makes everything pending reject at once. */
  cancel(): void
}

/** Makes a resolver that asks one server. */
export type DnsResolverFactory = (
  server: string,
  options: { timeoutMs: number; tries: number },
) => DnsResolver

/** The answer to a question, as plain data. */
export type DnsOutcome<T> =
  | { readonly type: 'records'; readonly records: readonly T[] }
  | { readonly type: 'no-such-name' }
  | { readonly type: 'no-records' }
  | DnsFailure

/** No server answered; `server`, `code` and `class` are of the first that was asked. */
export interface DnsFailure {
  readonly type: 'failed'
  readonly class: ServerProblemType
  readonly code: string
  readonly server: string
}

/** What each record type gives. */
export interface RecordOf {
  A: string
  AAAA: string
  SRV: SrvTarget
}

/** Node's resolver for one server. */
export const nodeResolver: DnsResolverFactory = (server, { timeoutMs, tries }) => {
  const resolver = new dns.Resolver({ timeout: timeoutMs, tries })
  resolver.setServers([server])
  return resolver
}

/** A label that no Service has. */
const absentLabel = 'rollcall-absent'

/** A server that answers with a code is there; only for these is it asked whether UDP alone works. */
const unansweredTypes: readonly ServerProblemType[] = ['server-silent', 'server-unreachable']

/** Questions to a fixed list of servers, until `cancel`. */
export class DnsClient {
  /** True once any server failed: time to read resolv.conf again. */
  failed = false
  /** The server that gave records last. */
  lastWorking: string | undefined
  #servers: readonly string[]
  #resolvers: Map<string, DnsResolver>
  #attemptMs: number
  #probeMs: number
  #cancelled = false

  /** `deadlineMs` is what all servers together may take for one question. */
  constructor(options: { servers: readonly string[]; resolver: DnsResolverFactory; deadlineMs: number }) {
    const shareMs = options.deadlineMs / Math.max(1, options.servers.length)
    this.#servers = options.servers
    this.#attemptMs = shareMs * 0.6
    this.#probeMs = Math.min(shareMs * 0.18, 1000)
    const timeoutMs = Math.round(Math.min(Math.max(this.#attemptMs / 3, 50), 1000))
    this.#resolvers = new Map(
      options.servers.map((server) => [server, options.resolver(server, { timeoutMs, tries: 2 })]),
    )
  }

  /**
   * Asks for records of one type. "No such name" counts only if no server before it failed: a second server may
   * serve another part of the world and know nothing of the cluster's names. When `hurry` resolves, what has
   * not answered by then counts as silent.
   */
  async ask<T extends RecordType>(
    name: string,
    recordType: T,
    hurry?: Promise<void>,
  ): Promise<DnsOutcome<RecordOf[T]>> {
    let failure: DnsFailure | undefined
    const first = this.#servers.filter((server) => server === this.lastWorking)
    for (const server of [...first, ...this.#servers.filter((other) => other !== this.lastWorking)]) {
      if (this.#cancelled) break
      const outcome = await this.#askServer(server, name, recordType, hurry)
      if (outcome.type === 'records') {
        this.lastWorking = server
        return outcome
      }
      if (outcome.type === 'no-records') return outcome
      if (outcome.type === 'no-such-name') return failure ?? outcome
      this.failed = true
      failure ??= outcome
    }
    return (
      failure ?? {
        type: 'failed',
        class: 'server-silent',
        code: 'ETIMEOUT',
        server: this.#servers[0] ?? 'none',
      }
    )
  }

  /** Ends everything pending; later questions fail at once. */
  cancel(): void {
    this.#cancelled = true
    this.failed = true
    for (const resolver of this.#resolvers.values()) resolver.cancel()
  }

  async #askServer<T extends RecordType>(
    server: string,
    name: string,
    recordType: T,
    hurry: Promise<void> | undefined,
  ): Promise<DnsOutcome<RecordOf[T]>> {
    const resolver = this.#resolvers.get(server) as DnsResolver
    const ask = (timeoutMs: number, cutShort?: Promise<void>) =>
      outcomeOf(server, within(timeoutMs, resolve(resolver, name, recordType), cutShort))
    const outcome = await ask(this.#attemptMs, hurry)
    if (this.#cancelled || outcome.type !== 'failed' || !unansweredTypes.includes(outcome.class))
      return outcome
    if (!(await this.#answersShortQuestion(resolver, name, recordType))) return outcome
    // An outage that has just passed looks like this too; after it the long question is answered as well.
    const again = await ask(this.#probeMs)
    return again.type === 'failed' ? { ...outcome, class: 'tcp-blocked' } : again
  }

  /** Asks for the same type of a name that does not exist: the answer fits in UDP, and says that UDP works. */
  async #answersShortQuestion(resolver: DnsResolver, name: string, recordType: RecordType): Promise<boolean> {
    try {
      await within(this.#probeMs, resolve<RecordType>(resolver, `${absentLabel}.${name}`, recordType))
      return true
    } catch (error) {
      return ['ENOTFOUND', 'ENODATA'].includes(codeOf(error))
    }
  }
}

function resolve<T extends RecordType>(
  resolver: DnsResolver,
  name: string,
  recordType: T,
): Promise<RecordOf[T][]> {
  const resolvers: { [Type in RecordType]: () => Promise<RecordOf[Type][]> } = {
    A: () => resolver.resolve4(name),
    AAAA: () => resolver.resolve6(name),
    SRV: () => resolver.resolveSrv(name),
  }
  return resolvers[recordType]()
}

/** What came of a question to one server. */
async function outcomeOf<T>(server: string, answer: Promise<T[]>): Promise<DnsOutcome<T>> {
  try {
    const records = await answer
    return records.length > 0 ? { type: 'records', records } : { type: 'no-records' }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOTFOUND') return { type: 'no-such-name' }
    if (code === 'ENODATA') return { type: 'no-records' }
    return { type: 'failed', class: classOf(code), code, server }
  }
}

function classOf(code: string): ServerProblemType {
  switch (code) {
    case 'ETIMEOUT':
    case 'ECANCELLED':
      return 'server-silent'
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'server-unreachable'
    case 'EREFUSED':
      return 'server-refused'
    default:
      return 'server-failed'
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : 'UNKNOWN'
}
