// Addresses in their one canonical form, so that the same place is never known under two spellings.
import { isIPv4, isIPv6 as nodeIsIPv6 } from 'node:net'
import type { Address } from '../core/identity.ts'

/** A canonical IP address and a port. */
export interface HostPort {
  /** Without brackets. */
  readonly host: string
  readonly port: number
}

/** Node compiles its IPv6 pattern at the first use, which costs a newcomer 5 ms; most texts need no pattern. */
function isIPv6(text: string): boolean {
  return text.indexOf(':') !== text.lastIndexOf(':') && nodeIsIPv6(text)
}

/**
 * The canonical form of an IP address: IPv6 in lower case and shortened, IPv4-mapped IPv6 as IPv4. Undefined when
 * the text is no IP address (a zone index is not accepted: it means nothing on another machine).
 */
export function canonicalIp(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (text.includes('%') || !isIPv6(text)) return undefined
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short)
  if (mapped === null) return short
  const bits = [mapped[1], mapped[2]].map((half) => Number.parseInt(half as string, 16))
  return bits.flatMap((half) => [half >> 8, half & 255]).join('.')
}

/** Puts host and port together; the host must be canonical. */
export function formatAddress(host: string, port: number): Address {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/**
 * Splits `host`, `host:port`, `[v6]:port` and bare IPv6 into its parts, the host as written. Undefined when the text
 * has no such form or the port is not 1 to 65535.
 */
export function splitHostPort(text: string): { host: string; port: number | undefined } | undefined {
  if (isIPv6(text)) return { host: text, port: undefined }
  const parts = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text)
  if (parts === null) return undefined
  const host = parts[1] ?? (parts[2] as string)
  if (parts[1] !== undefined && !isIPv6(host)) return undefined
  const port = parts[3] === undefined ? undefined : Number(parts[3])
  if (port !== undefined && (port < 1 || port > 65535)) return undefined
  return { host, port }
}

/** Splits a canonical address. Undefined when the text is not one. */
export function parseAddress(address: Address): HostPort | undefined {
  const parts = splitHostPort(address)
  if (parts?.port === undefined || canonicalIp(parts.host) !== parts.host) return undefined
  return formatAddress(parts.host, parts.port) === address
    ? { host: parts.host, port: parts.port }
    : undefined
}

/** Whether traffic to this canonical IP address never leaves the machine. */
export function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.')
}
