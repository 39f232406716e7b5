// Options of `headlessService`: what they mean, their defaults, and the checks.
import { promises as dns } from 'node:dns'
import { existsSync, readFileSync } from 'node:fs'
import type { DnsResolverFactory } from './dns-client.ts'
import { nodeResolver } from './dns-client.ts'
import { checkKnownOptions, checkWholeNumber, SeedError } from './errors.ts'
import { checkPollOptions, defaultPollOptions, type PollOptions, pollOptionNames } from './poll-options.ts'
import { parseResolvConf, type ResolvConf } from './resolv-conf.ts'

/** Options of `headlessService`. All may be left out. */
export interface HeadlessServiceOptions extends PollOptions {
  /**
   * Keeps clusters apart; must be the same in every member. Default: Service and namespace, such as `cache.prod`,
   * however the name was written; outside Kubernetes the name as written.
   */
  readonly clusterId?: string
  /**
   * Name of a port of the Service: then SRV records give a port for each pod. Good to some 600 pods. Default: none,
   * A and AAAA records are asked.
   */
  readonly portName?: string
  /** Protocol of `portName`. Default `'tcp'`. */
  readonly protocol?: 'tcp' | 'udp'
  /** Port to dial where no SRV record gives one. Default: the port the member itself listens on. */
  readonly port?: number
  /** Families to ask for. Default both; leave one out if a name server never answers for it. */
  readonly families?: readonly ('ipv4' | 'ipv6')[]
  /** Name servers in order, such as `['10.96.0.10', '127.0.0.1:5353', '[::1]:5353']`. Default: those of resolv.conf. */
  readonly servers?: readonly string[]
  /** File with name servers, search list and ndots. Default `'/etc/resolv.conf'`; read again after failures. */
  readonly resolvConfPath?: string
  /** Makes the resolver for one server; for tests. Default: Node's `dns.promises.Resolver`. */
  readonly resolver?: DnsResolverFactory
}

/** Options with every default filled in. */
export interface ResolvedServiceOptions
  extends Required<Omit<HeadlessServiceOptions, 'clusterId' | 'portName' | 'port' | 'servers'>> {
  readonly portName: string | undefined
  readonly port: number | undefined
  readonly servers: readonly string[] | undefined
}

const defaultResolvConfPath = '/etc/resolv.conf'
const knownOptions = [
  ...pollOptionNames,
  ...['clusterId', 'portName', 'protocol', 'port', 'families', 'servers', 'resolvConfPath', 'resolver'],
]

/** Checks the options and fills in defaults; throws `ERR_ROLLCALL_INVALID_OPTION`. */
export function resolveServiceOptions(options: HeadlessServiceOptions): ResolvedServiceOptions {
  checkKnownOptions('headlessService', options, knownOptions)
  checkClusterId(options.clusterId)
  checkPollOptions(options)
  checkWholeNumber('port', options.port, 1, 65_535)
  const { portName, protocol = 'tcp', families = ['ipv4', 'ipv6'], servers, port } = options
  if (portName !== undefined && !(typeof portName === 'string' && /^[a-z0-9-]{1,63}$/i.test(portName))) {
    throw new SeedError('portName', 'the name of a port of the Service (use port for a number)', portName)
  }
  if (protocol !== 'tcp' && protocol !== 'udp') throw new SeedError('protocol', "'tcp' or 'udp'", protocol)
  const knownFamilies = Array.isArray(families) && families.every((one) => one === 'ipv4' || one === 'ipv6')
  if (!knownFamilies || families.length === 0)
    throw new SeedError('families', "a list of 'ipv4' and 'ipv6'", families)
  if (servers !== undefined && !(Array.isArray(servers) && servers.length > 0 && servers.every(isServer))) {
    throw new SeedError(
      'servers',
      "a list of IP addresses, with a port if it is not 53, as '127.0.0.1:5353'",
      servers,
    )
  }
  const { resolvConfPath = defaultResolvConfPath, resolver = nodeResolver } = options
  if (options.resolvConfPath !== undefined && !existsSync(resolvConfPath)) {
    throw new SeedError('resolvConfPath', 'a file that exists', resolvConfPath)
  }
  if (typeof resolver !== 'function') throw new SeedError('resolver', 'a function', resolver)
  return {
    ...defaultPollOptions(options),
    portName,
    protocol,
    port,
    families: [...new Set(families)],
    servers,
    resolvConfPath,
    resolver,
  }
}

/** Throws unless the id is left out or a text that is not empty. */
export function checkClusterId(clusterId: unknown): void {
  if (clusterId === undefined || (typeof clusterId === 'string' && clusterId !== '')) return
  throw new SeedError('clusterId', 'a text that is not empty', clusterId)
}

/** What resolv.conf says now; where there is no such file (Windows), what Node finds by itself. */
export function readResolvConf(path: string): ResolvConf {
  let text = ''
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    // Missing or unreadable just now: the system's servers, no search list.
  }
  const conf = parseResolvConf(text)
  const servers = conf.servers.filter(isServer)
  return { ...conf, servers: servers.length > 0 ? servers : new dns.Resolver().getServers() }
}

function isServer(server: unknown): boolean {
  try {
    new dns.Resolver().setServers([server as string])
    return true
  } catch {
    return false
  }
}
