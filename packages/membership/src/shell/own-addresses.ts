// Which addresses a member announces, and whether they stay on this machine.
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Address } from '../core/identity.ts'
import { OptionError, SecurityRequiredError } from '../errors.ts'
import { canonicalIp, formatAddress, isLoopback } from './address.ts'
import { type Environment, isWildcard, type Settings } from './settings.ts'
import { wireLimits } from './wire-limits.ts'

/** Where a server is bound. */
export interface Bound {
  readonly host: string
  readonly port: number
}

/** Network interfaces, as `os.networkInterfaces()` gives them. */
export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/** The addresses to announce, best first; at least one. @throws OptionError for nonsense in the environment */
export function ownAddresses(
  settings: Pick<Settings, 'advertise'>,
  bound: Bound,
  environment: Environment,
  interfaces: Interfaces = networkInterfaces(),
): Address[] {
  const hosts =
    settings.advertise ?? ownHosts(bound, environment, interfaces).map((host) => ({ host, port: undefined }))
  const addresses = hosts.map(({ host, port }) => formatAddress(host, port ?? bound.port))
  return [...new Set(addresses)].slice(0, wireLimits.addresses)
}

function ownHosts(bound: Bound, environment: Environment, interfaces: Interfaces): string[] {
  const specific = canonicalIp(bound.host)
  if (specific !== undefined && !isWildcard(specific)) return [specific]
  const given = podIps(environment)
  if (given.length > 0) return given
  const found = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !isLinkLocal(address))
    .flatMap(({ address }) => canonicalIp(address) ?? [])
  // IPv4 first; and one that is bound to 0.0.0.0 cannot be reached by IPv6.
  const v4 = found.filter((host) => !host.includes(':'))
  const v6 = bound.host === '0.0.0.0' ? [] : found.filter((host) => host.includes(':'))
  const usable = [...v4, ...v6]
  return usable.length > 0 ? usable : ['127.0.0.1']
}

/** What the Downward API says. @throws OptionError */
function podIps({ POD_IPS: all, POD_IP: first }: Environment): string[] {
  const [name, text] = all ? ['POD_IPS', all] : ['POD_IP', first]
  if (!text) return []
  return text.split(',').map((part) => {
    const ip = canonicalIp(part.trim())
    if (ip !== undefined && !isWildcard(ip)) return ip
    throw new OptionError(name, 'IP addresses separated by commas, in the environment', text)
  })
}

/** Means nothing on another machine without naming an interface. */
function isLinkLocal(host: string): boolean {
  return host.startsWith('169.254.') || /^fe[89ab]/i.test(host)
}

/** Refuses an address that is not loopback while `security` is not given. @throws SecurityRequiredError */
export function requireSecurity(
  settings: Pick<Settings, 'advertise'> & { readonly secured: boolean },
  host: string | undefined,
): void {
  if (settings.secured) return
  const listensOn = host ?? '::'
  if (listensOn !== 'localhost' && !isLoopback(canonicalIp(listensOn) ?? '')) {
    throw new SecurityRequiredError(isWildcard(listensOn) ? `${listensOn} (all interfaces)` : listensOn)
  }
  const outside = settings.advertise?.find((advertised) => !isLoopback(advertised.host))
  if (outside !== undefined) throw new SecurityRequiredError(outside.host)
}
