// Addresses in one canonical form, so that one place is not listed twice, and seeds read from text.
import { isIP, isIPv4 } from 'node:net'
import type { Seed } from './seed-source.ts'

/** Canonical text of an IP address (`::ffff:10.0.0.1` is `10.0.0.1`); `undefined` for anything else. */
export function canonicalAddress(text: string): string | undefined {
  if (isIPv4(text)) return text
  if (isIP(text) !== 6 || text.includes('%')) return undefined
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical)
  if (!mapped) return canonical
  const groups = mapped.slice(1).map((group) => Number.parseInt(group, 16))
  return groups.flatMap((group) => [group >> 8, group & 0xff]).join('.')
}

/**
 * Canonical form of an address a peer can be dialed at. `undefined` for text that is no address, and for
 * addresses that mean something else elsewhere (link-local) or no single host (unspecified, multicast, broadcast).
 */
export function dialableAddress(text: string): string | undefined {
  const address = canonicalAddress(text)
  if (address === undefined) return undefined
  return (isIPv4(address) ? isDialable4(address) : isDialable6(address)) ? address : undefined
}

function isDialable4(address: string): boolean {
  const [first = 0, second = 0] = address.split('.').map(Number)
  return first !== 0 && first < 224 && !(first === 169 && second === 254)
}

function isDialable6(address: string): boolean {
  const firstGroup = (address.split(':')[0] ?? '').padStart(4, '0')
  return address !== '::' && !/^(fe[89ab]|ff)/.test(firstGroup)
}

/** Reads `10.0.0.1`, `10.0.0.1:7946`, `fd00::1`, `[fd00::1]:7946` or `localhost:7946`; `undefined` if it is none. */
export function parseSeed(text: string): Seed | undefined {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(text)
  const single = /^([^:]+)(?::(\d+))?$/.exec(text)
  const [host, port] = bracketed?.slice(1) ?? single?.slice(1) ?? [text]
  const address = dialableAddress(host === 'localhost' ? '127.0.0.1' : (host ?? ''))
  if (address === undefined) return undefined
  if (port === undefined) return { address }
  return isPort(Number(port)) ? { address, port: Number(port) } : undefined
}

/** True for a port one can dial. */
export function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535
}

/** Sorted by address and port, without duplicates; of two the one with a host name stays. */
export function uniqueSeeds(seeds: Iterable<Seed>): Seed[] {
  const byPlace = new Map<string, Seed>()
  for (const seed of seeds) {
    const place = `${seed.address} ${seed.port ?? ''}`
    if (byPlace.get(place)?.hostname === undefined) byPlace.set(place, seed)
  }
  return [...byPlace.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, seed]) => seed)
}
