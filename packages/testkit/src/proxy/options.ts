// What a proxy is given, and the check of it: wrong input fails at once, naming the option and the value.
import { isIP } from 'node:net'
import { OptionError } from '@rollcall/membership'

/** A TCP end point by IP address and port. */
export interface Endpoint {
  /** An IPv4 or IPv6 address (no host name: a test proxy must not depend on a resolver). */
  readonly host: string
  /** A TCP port. For `listen`, 0 takes a free one; `proxy.address` says which. */
  readonly port: number
}

/** Options of `createProxy`. */
export interface ProxyOptions {
  /** Where the proxy listens. */
  readonly listen: Endpoint
  /** The process that the proxy stands in front of. */
  readonly upstream: Endpoint
  /** Local address from which the proxy dials its upstream. Default: the system chooses. */
  readonly connectFrom?: string
  /**
   * How often, in milliseconds, an upstream that refuses is dialed to see whether it is back. Default 50.
   * An upstream that listens is asked 20 times less often, since its end is noticed by other means.
   */
  readonly pollMs?: number
  /** Source of randomness for jitter, in [0, 1). Default `Math.random`; a seeded one makes delays repeatable. */
  readonly random?: () => number
}

/** `ProxyOptions` with every default filled in. */
export type ResolvedProxyOptions = Required<Omit<ProxyOptions, 'connectFrom'>> &
  Pick<ProxyOptions, 'connectFrom'>

/** Checks the options and fills in defaults; throws an `OptionError`. */
export function resolveProxyOptions(options: ProxyOptions): ResolvedProxyOptions {
  checkEndpoint('listen', options.listen, 0)
  checkEndpoint('upstream', options.upstream, 1)
  if (options.connectFrom !== undefined) checkAddress('connectFrom', options.connectFrom)
  const { pollMs = 50, random = Math.random } = options
  checkNumber('pollMs', pollMs, 1)
  return { ...options, pollMs, random }
}

/** Throws unless `value` is a finite number of at least `min`. */
export function checkNumber(option: string, value: number, min: number): void {
  if (typeof value === 'number' && Number.isFinite(value) && value >= min) return
  throw new OptionError(option, `a number of at least ${min}`, value)
}

/** Throws unless `value` is an IP address. */
export function checkAddress(option: string, value: string): void {
  if (typeof value !== 'string' || isIP(value) === 0) throw new OptionError(option, 'an IP address', value)
}

function checkEndpoint(option: string, endpoint: Endpoint, minPort: number): void {
  checkAddress(`${option}.host`, endpoint?.host)
  const { port } = endpoint
  if (!Number.isInteger(port) || port < minPort || port > 65535)
    throw new OptionError(`${option}.port`, `a whole number from ${minPort} to 65535`, port)
}
