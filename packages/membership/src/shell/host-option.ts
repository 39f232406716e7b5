// Checks the `host` option: what is neither an IP address nor a host name is named as such, and not looked up.
import { OptionError } from '../errors.ts'
import { canonicalIp } from './address.ts'

const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i
/** A name that ends like this is an IPv4 address in one of its odd spellings. */
const number = /^(?:\d+|0x[0-9a-f]*)$/i

/** @throws OptionError */
export function checkHost(host: unknown): string | undefined {
  if (host === undefined) return undefined
  if (typeof host === 'string' && (isIp(host) || isHostName(host))) return host
  throw new OptionError('host', 'an IP address without brackets or port, or a host name', host)
}

/** A zone index means something on the machine that listens. */
function isIp(host: string): boolean {
  return canonicalIp(host.replace(/(?<=:.*)%[\w.-]+$/, '')) !== undefined
}

function isHostName(host: string): boolean {
  const labels = host.replace(/\.$/, '').split('.')
  return host.length <= 254 && labels.every((one) => label.test(one)) && !number.test(labels.at(-1) ?? '')
}
