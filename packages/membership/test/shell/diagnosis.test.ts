import { describe, expect, it } from 'vitest'
import type { Diagnosis, View } from '../../src/index.ts'
import { describe as words } from '../../src/shell/diagnosis.ts'

const view = { number: 1, id: '', self: {}, members: [] } as unknown as View
const text = (facts: Partial<Diagnosis>) =>
  words(
    {
      isolated: false,
      quorum: { state: 'majority', basis: 'learnt', expected: 3, present: 3 },
      members: { alive: 3, suspect: 0, failed: 0, left: 0 },
      ownAddresses: ['127.0.0.1:1'],
      seeds: { seeds: [{ address: '127.0.0.1', port: 2 }] },
      listed: { by: 'DNS', addresses: 2, reached: 2 },
      unreached: [],
      exceptions: [],
      notDialed: [],
      bytesSent: 0,
      bytesReceived: 0,
      counters: {},
      security: { type: 'none' },
      ...facts,
    },
    view,
    'mine',
  )

describe('the words of a diagnosis', () => {
  it.each([
    [0, 1, '1 has failed.'],
    [1, 0, '1 is suspect.'],
    [2, 3, '2 are suspect. 3 have failed.'],
  ])('count %i suspect and %i failed members', (suspect, failed, expected) => {
    const told = text({ members: { alive: 1, suspect, failed, left: 0 } })
    expect(told.endsWith(expected)).toBe(true)
    expect(told).not.toContain('0 ')
  })

  it('say how far a minority is from being a majority', () => {
    const quorum = { state: 'minority', basis: 'given', expected: 5, present: 2 } as const
    expect(text({ quorum })).toContain('In a minority: 2 of 5 members expected (given) can be counted on.')
    expect(text({})).not.toContain('minority')
  })

  it('say how many listed addresses there are and how many are reached, unless all are', () => {
    expect(text({})).not.toContain('DNS')
    expect(text({ isolated: true, listed: { by: 'DNS', addresses: 5, reached: 0 } })).toContain(
      'DNS lists 5 other addresses, 0 reached.',
    )
    expect(text({ listed: { by: 'The source of seeds', addresses: 1, reached: 0 } })).toContain(
      'The source of seeds lists 1 other address, 0 reached.',
    )
  })

  it('name TLS where a member without it meets nothing else', () => {
    const unreached = [{ address: '127.0.0.1:2', name: undefined, why: 'other' }] as const
    const orTls = ', or speaks TLS, which this member does not (option security)'
    expect(text({ unreached })).toContain(`Accepts connections but is no member${orTls}: 127.0.0.1:2.`)
    const accepted = [{ id: 'a', links: 0 }]
    const security = { type: 'keys', dials: 'a', accepted, removed: [] } as const
    expect(text({ unreached, security })).toContain('Accepts connections but is no member: 127.0.0.1:2.')
  })

  it('do not say that nobody answers when another cluster does', () => {
    const unreached = [{ address: '127.0.0.1:2', name: undefined, why: 'wrong-cluster' }] as const
    expect(text({ isolated: true })).toContain('nobody answers')
    expect(text({ isolated: true, unreached })).toContain('nobody of this cluster (mine) answers')
  })

  it('say that what is listed has led back to this member', () => {
    const seeds = { seeds: [{ address: '10.96.0.20' }] }
    const none = { by: 'DNS', addresses: 0, reached: 0 }
    expect(text({ seeds, listed: none })).toContain('10.96.0.20, listed by DNS, led back to this member')
    const own = { seeds: [{ address: '127.0.0.1', port: 1 }] }
    expect(text({ seeds: own, listed: none })).toContain('lists only this member itself')
    expect(text({ seeds })).not.toContain('led back')
  })
})
