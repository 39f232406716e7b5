import { describe, expect, it } from 'vitest'
import { defaultProtocol } from '../../src/core/options.ts'
import { OneCore } from './one-core.ts'

describe('a core', () => {
  it('starts with the defaults, and with any that agree with each other', () => {
    expect(() => new OneCore({ protocol: defaultProtocol })).not.toThrow()
    expect(() => new OneCore({ protocol: { probeIntervalMs: 1000, failAfterMs: 5000 } })).not.toThrow()
  })

  it.each([
    [{ probeIntervalMs: 0 }, 'protocol.probeIntervalMs: expected a number, 1 or more, got 0'],
    [{ failAfterMs: Number.NaN }, 'protocol.failAfterMs: expected a number, 0 or more, got NaN'],
    [{ forgetAfterMs: -1 }, 'protocol.forgetAfterMs: expected a number, 0 or more, got -1'],
    [{ connectTimeoutMs: 2 ** 31 }, 'protocol.connectTimeoutMs: expected at most 2147483647, got 2147483648'],
    [
      { redialGraceMs: 1e12 },
      'protocol.redialGraceMs: expected at most voteWindowMs (300), got 1000000000000',
    ],
    [{ voteWindowMs: 0 }, 'protocol.voteWindowMs: expected at least redialGraceMs (30), got 0'],
    [
      { minProbeTimeoutMs: 300 },
      'protocol.minProbeTimeoutMs: expected at most probeIntervalMs (250), got 300',
    ],
  ])('does not start with %j', (protocol, message) => {
    expect(() => new OneCore({ protocol })).toThrow(RangeError)
    expect(() => new OneCore({ protocol })).toThrow(message)
  })
})
