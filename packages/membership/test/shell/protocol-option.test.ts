import { describe, expect, it } from 'vitest'
import { defaultProtocol } from '../../src/core/options.ts'
import { checkProtocol } from '../../src/shell/protocol-option.ts'

describe('the protocol option', () => {
  it('takes the defaults, and nothing', () => {
    expect(checkProtocol(undefined)).toEqual({})
    expect(checkProtocol(defaultProtocol)).toEqual(defaultProtocol)
  })

  it.each(Object.keys(defaultProtocol))(
    'refuses %s when it is no number, NaN, endless or negative',
    (option) => {
      for (const value of ['1', null, Number.NaN, Number.POSITIVE_INFINITY, -1])
        expect(() => checkProtocol({ [option]: value })).toThrow(`protocol.${option}`)
    },
  )

  it.each([
    [{ minProbeTimeoutMs: 2000 }, 'minProbeTimeoutMs', 'at most maxProbeTimeoutMs (1000)'],
    [{ maxProbeTimeoutMs: 100 }, 'maxProbeTimeoutMs', 'at least minProbeTimeoutMs (150)'],
    [{ minProbeTimeoutMs: 300 }, 'minProbeTimeoutMs', 'at most probeIntervalMs (250)'],
    [{ probeIntervalMs: 100 }, 'probeIntervalMs', 'at least minProbeTimeoutMs (150)'],
    [{ probeIntervalMs: 4000 }, 'probeIntervalMs', 'at most failAfterMs (3500)'],
    [{ maxProbeTimeoutMs: 4000 }, 'maxProbeTimeoutMs', 'at most failAfterMs (3500)'],
    [{ failAfterMs: 500 }, 'failAfterMs', 'at least maxProbeTimeoutMs (1000)'],
    [{ maxLivedStepMs: 4000 }, 'maxLivedStepMs', 'at most failAfterMs (3500)'],
    [{ isolatedAfterMs: 4000 }, 'isolatedAfterMs', 'at most failAfterMs (3500)'],
    [{ failAfterMs: 9000 }, 'failAfterMs', 'at most failUnconfirmedAfterMs (8000)'],
    [{ failUnconfirmedAfterMs: 3000 }, 'failUnconfirmedAfterMs', 'at least failAfterMs (3500)'],
    [{ maxRedialMs: 200 }, 'maxRedialMs', 'at least minRedialMs (250)'],
    [{ quorumOfObservers: 2.5 }, 'quorumOfObservers', 'a whole number, 1 or more'],
    [{ quorumOfObservers: 0 }, 'quorumOfObservers', 'a whole number, 1 or more'],
    [{ indirectProbes: 1.5 }, 'indirectProbes', 'a whole number, 0 or more'],
    [{ maxDials: 0 }, 'maxDials', 'a whole number, 1 or more'],
    [{ maxTombstones: 0.5 }, 'maxTombstones', 'a whole number, 0 or more'],
  ])('refuses %j, naming %s and what was expected', (protocol, option, expected) => {
    const refused = () => checkProtocol(protocol)
    expect(refused).toThrow(`protocol.${option}`)
    expect(refused).toThrow(expected)
  })
})
