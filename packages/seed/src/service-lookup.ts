// Polls the records of one headless Service and keeps what must outlive a poll: the last good records, the name and
// the server that worked, and the resolvers.
import { dialableAddress, isPort, uniqueSeeds } from './address.ts'
import { DnsClient, type DnsFailure, type DnsOutcome, type SrvTarget } from './dns-client.ts'
import type { PollResult } from './poll-loop.ts'
import {
  nearCeilingProblem,
  negativeProblem,
  serverProblem,
  srvUnreadableProblem,
  targetsProblem,
  unusableProblem,
} from './problem-text.ts'
import { RecordSet } from './record-set.ts'
import { joinProblems, type RecordType, type SeedProblem } from './seed-problem.ts'
import type { Seed } from './seed-source.ts'
import { fullNames } from './service-name.ts'
import { type ResolvedServiceOptions, readResolvConf } from './service-options.ts'
import { SrvTargets } from './srv-targets.ts'
import { wait } from './timers.ts'

/** Resolvers that work are still made anew so often, in case resolv.conf changed. */
const resolverLifeMs = 300_000

/**
 * Once one family has records, the other may take so much longer: some servers drop every AAAA question, and must
 * not hold up the addresses that are known.
 */
const otherFamilyMs = 500

/** Answers to one kind of question, for the name that exists or the last one asked. */
interface Answers {
  readonly name: string
  readonly outcomes: ReadonlyMap<RecordType, DnsOutcome<string | SrvTarget>>
  readonly problems: readonly SeedProblem[]
  readonly failure: DnsFailure | undefined
}

/** One headless Service, asked again and again. */
export class ServiceLookup {
  #service: string
  #options: ResolvedServiceOptions
  #families: readonly ('A' | 'AAAA')[]
  #client: DnsClient | undefined
  #clientMadeAt = 0
  #names: readonly string[] = []
  #workingName: string | undefined
  #addresses = {
    A: new RecordSet<string>('A', (address) => address),
    AAAA: new RecordSet<string>('AAAA', (address) => address),
  }
  #srv = new RecordSet<SrvTarget>('SRV', ({ name, port }) => `${name} ${port}`)
  #targets = new SrvTargets()

  constructor(service: string, options: ResolvedServiceOptions) {
    this.#service = service
    this.#options = options
    this.#families = options.families.map((family) => (family === 'ipv4' ? 'A' : 'AAAA'))
  }

  /** One poll. Settles soon after the signal is aborted. */
  async poll(signal: AbortSignal): Promise<PollResult> {
    const client = this.#freshClient()
    const cancel = () => client.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const { portName } = this.#options
      return portName === undefined
        ? await this.#pollAddresses(client)
        : await this.#pollSrv(client, portName)
    } finally {
      signal.removeEventListener('abort', cancel)
      // A question given up may still be under way; the next poll has new resolvers.
      if (client.failed) client.cancel()
    }
  }

  /** After a failure everything is new: resolv.conf, names, resolvers. The server that worked stays first. */
  #freshClient(): DnsClient {
    const old = this.#client
    const isFresh =
      old !== undefined && !old.failed && performance.now() - this.#clientMadeAt < resolverLifeMs
    if (isFresh) return old
    const { servers, resolvConfPath, resolver, deadlineMs } = this.#options
    const conf = readResolvConf(resolvConfPath)
    this.#names = fullNames(this.#service, conf)
    this.#client = new DnsClient({ servers: servers ?? conf.servers, resolver, deadlineMs })
    this.#client.lastWorking = old?.lastWorking
    this.#clientMadeAt = performance.now()
    return this.#client
  }

  async #pollAddresses(client: DnsClient): Promise<PollResult> {
    const answers = await this.#ask(client, this.#families, '')
    const problems = [...answers.problems]
    const texts = this.#families.flatMap((type) => {
      const set = this.#addresses[type]
      const records = set.update(answers.outcomes.get(type) as DnsOutcome<string>)
      if (set.nearCeiling !== undefined)
        problems.push(nearCeilingProblem(answers.name, type, set.nearCeiling))
      return records
    })
    const { port } = this.#options
    const seeds = texts.map((address) => (port === undefined ? { address } : { address, port }))
    return result(seeds, problems, answers.failure !== undefined)
  }

  async #pollSrv(client: DnsClient, portName: string): Promise<PollResult> {
    const answers = await this.#ask(client, ['SRV'], `_${portName}._${this.#options.protocol}.`)
    if (answers.failure?.code === 'EFORMERR') {
      const addresses = await this.#pollAddresses(client)
      const problem = srvUnreadableProblem(answers.name)
      return {
        ...addresses,
        problem: joinProblems([problem, ...(addresses.problem ? [addresses.problem] : [])]),
      }
    }
    const records = this.#srv.update(answers.outcomes.get('SRV') as DnsOutcome<SrvTarget>)
    const problems = [...answers.problems]
    if (this.#srv.nearCeiling !== undefined) {
      problems.push(nearCeilingProblem(answers.name, 'SRV', this.#srv.nearCeiling))
    }
    const usable = records.filter(({ name, port }) => name !== '' && isPort(port))
    const unresolved = await this.#targets.resolve(client, usable, this.#families)
    if (unresolved.length > 0) problems.push(targetsProblem(unresolved))
    const seeds = usable.flatMap(({ name, port }) =>
      this.#targets
        .addresses(name)
        .map((address) => ({ address, port, hostname: hostnameOf(name, answers.name) })),
    )
    return result(seeds, problems, answers.failure !== undefined || unresolved.length > 0)
  }

  #hasRecords(type: RecordType): boolean {
    const set = type === 'SRV' ? this.#srv : this.#addresses[type]
    return set.records.length > 0
  }

  /** Asks for the names in turn until one has records, starting with the one that had some before. */
  async #ask(client: DnsClient, types: readonly RecordType[], prefix: string): Promise<Answers> {
    const bases = [...this.#names].sort(
      (a, b) => Number(b === this.#workingName) - Number(a === this.#workingName),
    )
    const names = bases.map((base) => prefix + base)
    let exists = false
    let answers: Answers | undefined
    for (const [i, name] of names.entries()) {
      answers = await askTypes(client, types, name, (type) => this.#hasRecords(type))
      const found = new Set([...answers.outcomes.values()].map((outcome) => outcome.type))
      if (found.has('records')) this.#workingName = bases[i]
      // "No such name" holds for every type, whatever went wrong with another.
      if (found.has('records') || (found.has('failed') && !found.has('no-such-name'))) return answers
      exists ||= found.has('no-records')
    }
    if (answers === undefined) throw new Error(`no full name of '${this.#service}' is short enough for DNS`)
    return { ...answers, failure: undefined, problems: [negativeProblem(exists, names, this.#service)] }
  }
}

async function askTypes(
  client: DnsClient,
  types: readonly RecordType[],
  name: string,
  hasRecords: (type: RecordType) => boolean,
): Promise<Answers> {
  const done = new AbortController()
  let hurryUp = () => {}
  const hurry = new Promise<void>((resolve) => {
    hurryUp = resolve
  })
  const asked = types.map(async (type): Promise<[RecordType, DnsOutcome<string | SrvTarget>]> => {
    const outcome = await client.ask(name, type, hurry)
    if (outcome.type === 'records') void wait(otherFamilyMs, done.signal).then(hurryUp)
    return [type, outcome]
  })
  const outcomes = new Map(await Promise.all(asked))
  done.abort()
  const failure = [...outcomes.values()].find((outcome) => outcome.type === 'failed')
  return { name, outcomes, failure, problems: failureProblems(name, outcomes, hasRecords) }
}

function result(seeds: readonly Seed[], problems: SeedProblem[], failed: boolean): PollResult {
  const unusable: string[] = []
  const usable = seeds.flatMap((seed) => {
    const address = dialableAddress(seed.address)
    if (address === undefined) unusable.push(seed.address)
    return address === undefined ? [] : [{ ...seed, address }]
  })
  if (unusable.length > 0) problems.push(unusableProblem(unusable))
  return { seeds: uniqueSeeds(usable), problem: joinProblems(problems), failed }
}

/** One problem for each class: A and AAAA mostly fail together. */
function failureProblems(
  name: string,
  outcomes: Answers['outcomes'],
  hasRecords: (type: RecordType) => boolean,
): SeedProblem[] {
  const byClass = new Map<string, SeedProblem>()
  for (const [type, outcome] of outcomes) {
    if (outcome.type !== 'failed' || byClass.has(outcome.class)) continue
    byClass.set(outcome.class, serverProblem(name, type, outcome, hasRecords(type)))
  }
  return [...byClass.values()]
}

/** `cache-0` for `cache-0.cache.prod.svc.cluster.local` under its own Service; other targets keep the whole name. */
function hostnameOf(target: string, srvName: string): string {
  const service = srvName.split('.').slice(2).join('.')
  const name = target.replace(/\.$/, '')
  return name.toLowerCase().endsWith(`.${service}`) ? name.slice(0, -service.length - 1) : name
}
