import { describe, expect, it } from 'vitest'
import type { CoreCertificate } from '../../src/core/certificate.ts'
import type { Fact } from '../../src/core/fact.ts'
import type { LinkId } from '../../src/core/input.ts'
import { OneCore, peer, rumour, updates } from './one-core.ts'

const names = Array.from({ length: 60 }, (_, i) => `o-${i}`)

function meet(...peers: string[]): { one: OneCore; linkOf: (name: string) => LinkId } {
  const one = new OneCore()
  const links = new Map(peers.map((name) => [name, one.accept(peer(name))]))
  return { one, linkOf: (name) => links.get(name) as LinkId }
}

const explain = (one: OneCore, name: string) => one.core.explain(name) as CoreCertificate

const failed = (change: Partial<Fact> = {}) => updates(rumour('c', { state: 'failed', ...change }))

describe('evidence', () => {
  it('is bounded however much there is, and the oldest gives way', () => {
    const { one, linkOf } = meet('c', ...names)
    for (const by of names) one.tell(linkOf(by), updates(rumour('c', { state: 'suspect', by })))
    const { evidence, dropped, why } = explain(one, 'c')
    expect(evidence).toHaveLength(32)
    expect(dropped).toBe(names.length - 32)
    expect(evidence.at(-1)).toMatchObject({ type: 'suspicion', by: 'o-59' })
    expect(why).toMatchObject({ type: 'silence', confirmedBy: ['o-0'] })
    one.answersPings = false
    // It hears nobody at all, and so waits the longest.
    one.run(65_000)
    const verdict = explain(one, 'c').why
    expect(verdict?.type === 'silence' && verdict.confirmedBy.length).toBe(16)
    expect(JSON.stringify(explain(one, 'c')).length).toBeLessThan(8000)
  })

  it('of one kind is counted, not repeated', () => {
    const { one, linkOf } = meet('b', 'c')
    const { name, generation, instance } = peer('c')
    for (let i = 0; i < 5; i++) {
      one.tell(linkOf('b'), { type: 'gone', member: { name, generation, instance }, how: 'refused' })
    }
    const votes = explain(one, 'c').evidence.filter(({ type }) => type === 'vote')
    expect(votes).toMatchObject([{ by: 'b', how: 'refused', count: 5 }])
  })

  it('has the veto that made the votes void', () => {
    const { one, linkOf } = meet('b', 'c', 'd')
    const { name, generation, instance } = peer('c')
    const member = { name, generation, instance }
    one.tell(linkOf('b'), { type: 'gone', member, how: 'refused' })
    one.tell(linkOf('d'), { type: 'veto', members: [member] })
    expect(explain(one, 'c').evidence.map(({ type }) => type)).toEqual(['vote', 'veto'])
  })

  it('has the code of a link that the member closed', () => {
    const { one, linkOf } = meet('b', 'c')
    one.give({ type: 'link-closed', link: linkOf('c'), end: { code: 4012 } })
    expect(explain(one, 'c').evidence).toMatchObject([{ type: 'link-ended', code: 4012 }])
  })

  it('says what came of each address of a member whose link broke', () => {
    const { one, linkOf } = meet('b', 'c', 'd', 'e')
    one.dialed = ({ link }) => {
      one.give({ type: 'dial-connected', link })
      one.fail(link, 'other')
    }
    one.give({ type: 'link-closed', link: linkOf('c'), end: {} })
    one.run(20)
    const dials = explain(one, 'c').evidence.filter(({ type }) => type === 'dial')
    expect(dials.map((dial) => dial.type === 'dial' && dial.result)).toEqual(['accepted', 'other'])
  })

  it('does not grow after the verdict', () => {
    const { one, linkOf } = meet('b', 'c')
    one.tell(linkOf('b'), failed())
    const certificate = explain(one, 'c')
    one.give({ type: 'link-closed', link: linkOf('c'), end: {} })
    one.dialed = ({ link }) => one.fail(link)
    one.run(5000)
    expect(explain(one, 'c')).toBe(certificate)
  })

  it('is thrown away some time after the member has recovered, but for what it recovered from', () => {
    const { one, linkOf } = meet('b', 'c')
    one.tell(linkOf('b'), failed())
    one.tell(linkOf('c'), updates(peer('c', { incarnation: 1 })))
    const { evidence, recovered } = explain(one, 'c')
    expect(evidence).toMatchObject([{ type: 'refuted', incarnation: 1 }])
    expect(recovered).toMatchObject({ state: 'failed', why: { type: 'told', by: 'b' } })
    one.run(601_000)
    expect(explain(one, 'c')).toMatchObject({ state: 'alive', evidence: [], recovered })
  })

  it('of an earlier life says nothing about a later one', () => {
    const { one, linkOf } = meet('b', 'c')
    one.tell(linkOf('b'), failed())
    one.accept(peer('c', { generation: peer('c').generation + 5000, instance: 'again' }))
    expect(explain(one, 'c')).toMatchObject({ state: 'alive', instance: 'again', evidence: [] })
    expect(explain(one, 'c')).not.toHaveProperty('recovered')
  })
})

describe('a verdict of others', () => {
  const ground = 'address-gone'

  it('comes with who reached it and on what ground, and is told on so', () => {
    const { one, linkOf } = meet('b', 'c', 'd')
    const from = one.outputs.length
    one.tell(linkOf('b'), failed({ by: 'x', ground }))
    const why = { type: 'told', by: 'b', verdict: { by: 'x', ground } }
    const event = one.all('event', from).find((output) => output.event.type === 'member-failed')?.event
    expect(event).toMatchObject({ why, certificate: { state: 'failed', why } })
    one.tell(linkOf('d'), { type: 'want', names: ['c'] })
    const answer = one.sent('updates', from).at(-1)?.message.updates[0]
    expect(answer).toMatchObject({ name: 'c', state: 'failed', by: 'x', ground })
  })

  it('without them is just that', () => {
    const { one, linkOf } = meet('b', 'c')
    one.tell(linkOf('b'), failed())
    expect(explain(one, 'c').why).toEqual({ type: 'told', by: 'b' })
  })

  it('from before our time is kept as well', () => {
    const { one, linkOf } = meet('b')
    one.tell(linkOf('b'), failed({ by: 'x', ground }))
    expect(explain(one, 'c')).toMatchObject({ state: 'failed', why: { verdict: { by: 'x', ground } } })
  })
})

describe('what can be explained', () => {
  it('is who is in the view, oneself included, and nobody else', () => {
    const one = new OneCore({ protocol: { forgetAfterMs: 5000 } })
    const link = one.accept(peer('b'))
    one.accept(peer('c'))
    expect(explain(one, 'self')).toMatchObject({ state: 'alive', evidence: [] })
    expect(one.core.explain('nobody')).toBeUndefined()
    one.tell(link, failed())
    one.run(7000)
    expect(one.core.explain('c')).toBeUndefined()
  })
})
