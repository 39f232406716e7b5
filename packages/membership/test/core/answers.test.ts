import { describe, expect, it } from 'vitest'
import { CloseCode } from '../../src/core/close-code.ts'
import { OneCore, peer } from './one-core.ts'

describe('an answer that was under way when its link lost against its twin', () => {
  it('counts, and the member is not suspected', () => {
    const one = new OneCore()
    one.give({ type: 'seeds', addresses: ['10.0.0.b:1'] })
    one.run(100)
    const ours = one.dialTo('10.0.0.b:1')
    one.connect(ours, peer('b'))
    one.run(3000)
    one.answersPings = false
    const from = one.outputs.length
    one.accept(peer('b'))
    const contest = one.sent('ping', from)
    const probes = () => one.sent('ping', from).slice(contest.length)
    while (probes().length === 0) one.run(1)
    for (const ping of contest) one.ack(ping)
    one.tell(ours, { type: 'last' })
    expect(one.all('close', from)).toMatchObject([{ link: ours, code: CloseCode.duplicate }])
    const [probe] = probes()
    if (probe?.link !== ours) throw new Error('the probe went over the other link')
    one.ack(probe)
    one.answersPings = true
    one.run(5000)
    expect(one.all('event').map(({ event }) => event.type)).not.toContain('member-suspected')
  })
})
