// The table of bounds in docs/protocol.md says what bounds.ts computes.
import { readFileSync } from 'node:fs'
import { defaultProtocol, type ProtocolOptions } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import { boundsFor } from '../../src/sim/bounds.ts'
import { defaultNetwork, type NetworkOptions } from '../../src/sim/routes.ts'

const text = readFileSync(new URL('../../../../docs/protocol.md', import.meta.url), 'utf8')
const rows = text
  .slice(text.indexOf('\n## Bounds'))
  .split('\n')
  .flatMap((line) => {
    const [, name = '', , formula = '', shown = ''] = line.split('|').map((cell) => cell.trim())
    return name.startsWith('`') ? [{ name: unquoted(name), formula: unquoted(formula), shown }] : []
  })

function unquoted(cell: string): string {
  return cell.replaceAll('`', '')
}

/** What each formula of the table gives; a formula may use those above it. */
function evaluated(N: number, protocol: ProtocolOptions, network: NetworkOptions): Record<string, number> {
  const { min, max, ceil, log10 } = Math
  const known: Record<string, unknown> = { min, max, ceil, log10, N, ...protocol, ...network }
  const values = rows.map(({ name, formula }) => {
    const value = new Function(...Object.keys(known), `return ${formula}`)(...Object.values(known)) as number
    known[name] = value
    return [name, value] as const
  })
  return Object.fromEntries(values)
}

/** Rounded, so that the order of additions does not matter. */
function rounded(values: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, Math.round(value * 1000) / 1000]),
  )
}

describe('the bounds in docs/protocol.md', () => {
  const lossy = { ...defaultNetwork, maxLatencyMs: 17, jitterMs: 5, lossChance: 0.01 }
  // Every option has a value of its own, so that no formula passes with the wrong one.
  const strange = Object.fromEntries(
    Object.entries(defaultProtocol).map(([name, value], i) => [name, value + 7 * i + 1]),
  ) as unknown as ProtocolOptions

  it.each([2, 5, 64, 1000])('are those that are checked, for %i members', (members) => {
    for (const protocol of [defaultProtocol, strange]) {
      for (const network of [defaultNetwork, lossy]) {
        const bounds = evaluated(members, protocol, network)
        const { RTT: _rtt, grace: _grace, perPeriod: _perPeriod, ...documented } = bounds
        expect(rounded(documented)).toEqual(rounded(boundsFor(members, protocol, network)))
      }
    }
  })

  it('are shown for 64 members', () => {
    const network = { ...defaultNetwork, maxLatencyMs: 2, jitterMs: 0 }
    const values = evaluated(64, defaultProtocol, network)
    const shown = Object.fromEntries(rows.map((row) => [row.name, row.shown]))
    const wanted = Object.entries(values).map(([name, value]) => [name, `${Math.round(value * 10) / 10}`])
    expect(shown).toEqual(Object.fromEntries(wanted))
  })
})
