import { type CoreCertificate, ISOLATED_PATIENCE } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import type { Simulation } from '../../src/sim/simulation.ts'
import { formedCluster, mustAgree, mustBecome } from './real-cluster.ts'

const explain = (simulation: Simulation, observer: string, about: string) =>
  simulation.member(observer).process.core.explain(about) as CoreCertificate

const types = ({ evidence }: CoreCertificate) => evidence.map(({ type }) => type)

describe('the certificate of a member', () => {
  it('that was killed has the broken link, the refused dials and the votes', () => {
    const simulation = formedCluster(5)
    simulation.kill('m-1')
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.crashRefusedMs)
    const certificate = explain(simulation, 'm-0', 'm-1')
    expect(certificate).toMatchObject({ name: 'm-1', state: 'failed', dropped: 0 })
    expect(certificate.why).toMatchObject({ type: 'connection-refused', needed: 3 })
    expect(certificate.why).not.toHaveProperty('limit')
    // The vote of another may come before the end of our own dial.
    expect(types(certificate).sort()).toEqual(['dial', 'link-ended', 'vote', 'vote', 'vote'])
    const [ended] = certificate.evidence
    expect(ended?.type).toBe('link-ended')
    const dial = certificate.evidence.find(({ type }) => type === 'dial')
    const vote = certificate.evidence.find(({ type }) => type === 'vote')
    expect(ended).not.toHaveProperty('code')
    expect(dial).toMatchObject({
      address: simulation.member('m-1').process.address,
      result: 'refused',
      count: 1,
    })
    expect(vote).toMatchObject({ how: 'refused' })
    expect(certificate.lastHeardAt).toBeLessThanOrEqual(ended?.at as number)
  })

  it('whose address went with it has the dials without an answer, and the limit that ran out', () => {
    const simulation = formedCluster(5)
    simulation.kill('m-1', { address: 'vanishes' })
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.crashGoneMs)
    const { why, evidence } = explain(simulation, 'm-0', 'm-1')
    expect(why).toMatchObject({
      type: 'address-gone',
      needed: 3,
      limit: { option: 'addressGoneMs', ms: simulation.protocol.addressGoneMs },
    })
    expect(evidence.find(({ type }) => type === 'dial')).toMatchObject({ result: 'unanswered' })
    expect(evidence.filter(({ type }) => type === 'vote').length).toBeGreaterThanOrEqual(3)
  })

  it('that fell silent has the unanswered probes, the helpers and the observers', () => {
    const simulation = formedCluster(5)
    simulation.freeze('m-1')
    mustBecome(simulation, 'm-1', 'suspect', simulation.bounds.silenceSuspectMs)
    const suspect = explain(simulation, 'm-0', 'm-1')
    expect(suspect).toMatchObject({ state: 'suspect', why: { type: 'silence', needed: 4 } })
    expect(suspect.why).not.toHaveProperty('limit')
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.silenceFailedMs)
    const { why, evidence } = explain(simulation, 'm-0', 'm-1')
    const limit = { option: 'failAfterMs', ms: simulation.protocol.failAfterMs }
    expect(why).toMatchObject({ type: 'silence', silentMs: 3500, needed: 4, limit })
    const probes = evidence.find((each) => each.type === 'probe-unanswered')
    expect([...(probes?.denied ?? [])].sort()).toEqual(['m-2', 'm-3', 'm-4'])
    expect(probes?.count).toBeGreaterThan(1)
    expect(probes?.at).toBeGreaterThan(probes?.firstAt as number)
    const observers = evidence.flatMap((each) => (each.type === 'suspicion' ? [each.by] : []))
    expect(observers.sort()).toEqual(['m-0', 'm-2', 'm-3', 'm-4'])
  })

  it('that only one observer finds silent has the longer limit, and says that the observer is isolated', () => {
    const simulation = formedCluster(5)
    simulation.cut(['m-0'])
    simulation.run(simulation.bounds.isolatedCompletenessMs)
    // Once the first has failed, fewer observers are left to wait for.
    const all = ['m-1', 'm-2', 'm-3', 'm-4'].map((name) => explain(simulation, 'm-0', name))
    const [first] = all.sort((a, b) => a.since - b.since)
    const { why, evidence, observer } = first as CoreCertificate
    const ms = ISOLATED_PATIENCE * simulation.protocol.failUnconfirmedAfterMs
    const limit = { option: 'failUnconfirmedAfterMs', ms }
    expect(why).toMatchObject({ type: 'silence', confirmedBy: ['m-0'], needed: 4, limit })
    expect(evidence.find((each) => each.type === 'probe-unanswered')).toMatchObject({ denied: [] })
    expect(observer).toMatchObject({ isolated: true })
  })

  it('that others found dead says who found it, and on what ground', () => {
    const simulation = formedCluster(5)
    simulation.kill('m-1')
    mustBecome(simulation, 'm-1', 'failed', simulation.bounds.crashRefusedMs)
    simulation.addMember('late')
    mustAgree(simulation)
    const { why, evidence } = explain(simulation, 'late', 'm-1')
    const by = expect.stringMatching(/^m-[0234]$/)
    expect(why).toEqual({ type: 'told', by, verdict: { by, ground: 'connection-refused' } })
    expect(evidence).toEqual([])
  })

  it('that has left needs no evidence', () => {
    const simulation = formedCluster(3)
    simulation.leave('m-1')
    mustBecome(simulation, 'm-1', 'left', simulation.bounds.oneHopMs + 100)
    expect(explain(simulation, 'm-0', 'm-1')).toMatchObject({ state: 'left', evidence: [] })
    expect(explain(simulation, 'm-0', 'm-1')).not.toHaveProperty('why')
  })

  it('that recovered tells what it was held for, and how long', () => {
    const simulation = formedCluster(5)
    simulation.freeze('m-1', 6000)
    simulation.run(10_000)
    const soon = explain(simulation, 'm-0', 'm-1')
    expect(soon).toMatchObject({ state: 'alive', recovered: { state: 'failed', why: { type: 'silence' } } })
    expect(types(soon)).toContain('refuted')
    expect(soon.recovered?.recoveredAt).toBeGreaterThan(soon.recovered?.since as number)
  })

  it('that was never doubted has nothing but when it was last heard', () => {
    const simulation = formedCluster(5)
    simulation.run(60_000)
    const certificate = explain(simulation, 'm-0', 'm-1')
    expect(certificate).toMatchObject({ state: 'alive', evidence: [], dropped: 0 })
    expect(certificate.lastHeardAt).toBeDefined()
    expect(certificate).not.toHaveProperty('recovered')
  })
})
