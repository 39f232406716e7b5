import { describe, expect, it } from 'vitest'
import { type HeadlessServiceOptions, headlessService } from '../src/index.ts'
import { codeOf } from './support/watch.ts'

describe('bad input', () => {
  it.each([
    ['', {}],
    ['a b', {}],
    ['10.0.0.1', {}],
    ['http://cache', {}],
    [42, {}],
    ['cache', { servers: [] }],
    ['cache', { servers: ['dns.example'] }],
    ['cache', { servers: '10.0.0.1' }],
    ['cache', { port: 0 }],
    ['cache', { port: 7946.5 }],
    ['cache', { portName: '' }],
    ['cache', { portName: 7946 }],
    ['cache', { protocol: 'sctp' }],
    ['cache', { families: [] }],
    ['cache', { families: ['ipv5'] }],
    ['cache', { resolvConfPath: '/no/such/file' }],
    ['cache', { deadlineMs: 0 }],
    ['cache', { urgentPollMs: '1s' }],
    ['cache', { calmPollMs: Number.NaN }],
    ['cache', { random: 4 }],
    ['cache', { resolver: {} }],
    ['cache', { clusterId: '' }],
    ['cache', { namespace: 'prod' }],
    ['cache', null],
    ['cache', 'prod'],
  ])('throws a typed error for %j with %j', (service, options) => {
    expect(codeOf(() => headlessService(service as string, options as HeadlessServiceOptions))).toBe(
      'ERR_ROLLCALL_INVALID_OPTION',
    )
  })

  it('names the option, what it takes, and what came', () => {
    expect(() => headlessService('cache', { port: 70_000 })).toThrow(
      'option port: expected a whole number from 1 to 65535, got 70000',
    )
    expect(() => headlessService('cache', { prot: 1 } as never)).toThrow(
      'option prot: expected an option of headlessService',
    )
  })
})
