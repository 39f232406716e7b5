import { describe, expect, it } from 'vitest'
import { diagnoseSeeds, type SeedFacts, type SeedProblem } from '../src/index.ts'

const seeds = [{ address: '10.0.0.1' }, { address: '10.0.0.2', port: 7946 }]
const noName = { type: 'no-such-name', names: ['cache.prod'], message: 'No such name.' } as const
const silent = { type: 'source-failed', message: 'It failed.' } as const
const several: SeedProblem = { type: 'several', message: '', problems: [noName, silent] }
const typesOf = (facts: SeedFacts) => diagnoseSeeds(facts).findings.map((finding) => finding.type)

describe('diagnosis', () => {
  it('finds nothing wrong where nothing is', () => {
    expect(diagnoseSeeds({ seeds: { seeds }, ownAddresses: ['10.0.0.1:7946'] })).toEqual({
      ok: true,
      findings: [],
      text: '2 addresses are listed, and nothing is wrong.',
    })
  })

  it.each<[string, SeedFacts, string[]]>([
    ['nothing was asked yet', {}, ['not-asked']],
    ['the set is empty', { seeds: { seeds: [] } }, ['none-listed']],
    ['the name does not exist', { seeds: { seeds: [], problem: noName } }, ['no-such-name']],
    ['several things are wrong', { seeds: { seeds, problem: several } }, ['no-such-name', 'source-failed']],
    ['own address is missing', { seeds: { seeds }, ownAddresses: ['10.0.0.9'] }, ['own-address-missing']],
    [
      'only the own host is listed, with other ports',
      { seeds: { seeds: [{ address: '10.0.0.2', port: 7946 }] }, ownAddresses: ['10.0.0.2:7947'] },
      ['own-address-missing'],
    ],
    ['own addresses are unknown', { seeds: { seeds } }, []],
    [
      'only we are listed',
      { seeds: { seeds }, ownAddresses: ['10.0.0.1', '::ffff:10.0.0.2'] },
      ['only-self'],
    ],
    [
      'dials fail in every way',
      {
        seeds: { seeds },
        unreached: ['timeout', 'refused', 'wrong-cluster', 'unreachable', 'pending'].map((why) => ({
          address: '10.0.0.2:7946',
          why,
        })),
      },
      ['dials-refused', 'dials-unanswered', 'dials-unreachable', 'dials-failed'],
    ],
    ['a dial is under way', { seeds: { seeds }, unreached: [{ address: '10.0.0.2', why: 'pending' }] }, []],
  ])('when %s', (_, facts, expected) => expect(typesOf(facts)).toEqual(expected))

  it('says it in words a person can act on', () => {
    const { text, ok } = diagnoseSeeds({
      seeds: { seeds },
      ownAddresses: ['10.0.0.9'],
      unreached: [{ address: '10.0.0.2:7946', why: 'refused' }],
    })
    expect(ok).toBe(false)
    expect(text).toContain('This process (10.0.0.9) is not listed')
    expect(text).toContain(
      'If the list comes from the DNS of a Service, its pod is not Ready and publishNotReadyAddresses',
    )
    expect(text).toContain('No link to 10.0.0.2:7946: nothing listens there')
  })

  it('asks whether the Service is headless when its one address is not ours', () => {
    const one = diagnoseSeeds({
      seeds: { seeds: [{ address: '10.96.0.20' }] },
      ownAddresses: ['10.0.0.9'],
    })
    expect(one.text).toContain('or 10.96.0.20 is the address of a Service that is not headless')
    const two = diagnoseSeeds({ seeds: { seeds }, ownAddresses: ['10.0.0.9'] })
    expect(two.text).not.toContain('headless')
  })
})
