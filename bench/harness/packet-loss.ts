// Random loss of what reaches a member in a network namespace. Packets are dropped on their way in: on the way out
// the sender would be told, which is not how a network loses packets. Needs Linux, root and nftables.
import { spawnSync } from 'node:child_process'
import { whyNoNamespaces } from './namespace-site.ts'
import type { Place } from './site.ts'

const TABLE = 'inet rollcall-bench'

/** Packets since the loss began. */
export interface LossCount {
  readonly arrived: number
  readonly lost: number
}

/** Why this machine cannot lose packets, in words; undefined if it can. */
export function whyNoPacketLoss(): string | undefined {
  const obstacle = whyNoNamespaces()
  if (obstacle !== undefined) return obstacle
  try {
    nft(['unshare', '--net'], rules(['10.77.0.2'], 1))
    return undefined
  } catch (error) {
    return `packets cannot be lost: ${(error as Error).message}`
  }
}

/** From now on each place loses so many percent of what the others send it; DNS stays as it is. */
export function startLoss(places: readonly Place[], percent: number): void {
  const addresses = places.map(({ host }) => host)
  for (const { prefix } of places) nft(prefix, rules(addresses, percent))
}

/** Ends it; throws if nothing was lost, for then nothing was measured. */
export function endLoss(places: readonly Place[]): LossCount {
  const total = { arrived: 0, lost: 0 }
  for (const { prefix } of places) {
    const counters = nft(prefix, `list counters table ${TABLE}`)
    total.arrived += packets(counters, 'arrived')
    total.lost += packets(counters, 'lost')
    nft(prefix, `delete table ${TABLE}`)
  }
  if (total.lost === 0) throw new Error(`no packet was lost of ${total.arrived}`)
  return total
}

function rules(addresses: readonly string[], percent: number): string {
  return `table ${TABLE} {
    counter arrived {}
    counter lost {}
    chain input {
      type filter hook input priority 0; policy accept;
      ip saddr != { ${addresses.join(', ')} } accept
      counter name arrived
      numgen random mod 100 < ${percent} counter name lost drop
    }
  }`
}

function packets(counters: string, name: string): number {
  return Number(counters.match(new RegExp(`counter ${name} \\{\\s*packets (\\d+)`))?.[1] ?? 0)
}

function nft(prefix: readonly string[], script: string): string {
  const [command = '', ...rest] = [...prefix, 'nft', '-f', '-']
  const { status, stdout, stderr, error } = spawnSync(command, rest, { input: script, encoding: 'utf8' })
  if (status !== 0) throw new Error(`nft: ${error?.message ?? stderr.trim()}`)
  return stdout
}
