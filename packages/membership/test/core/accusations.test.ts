import { describe, expect, it } from 'vitest'
import { GENERATION, OneCore, peer, rumour, updates } from './one-core.ts'

const observers = ['b', 'e', 'f', 'g']

describe('a suspicion', () => {
  it('at an older incarnation does not age one at a newer', () => {
    const one = new OneCore()
    one.dialed = ({ link }) => one.give({ type: 'dial-connected', link })
    const links = observers.map((name) => one.accept(peer(name)))
    const closed = one.accept(peer('c'))
    one.give({ type: 'link-closed', link: closed, end: { code: 4012 } })
    for (const [n, link] of links.entries()) {
      one.tell(link, updates(rumour('c', { state: 'suspect', by: observers[n] as string })))
    }
    one.run(3300)
    const [b] = links
    one.tell(b as number, updates(rumour('c', { incarnation: 1, state: 'suspect', by: 'b' })))
    one.run(600)
    expect(one.stateOf('c')).toBe('suspect')
  })

  it('that comes of a refused redial is told to those linked', () => {
    const one = new OneCore({ generation: GENERATION + 5000 })
    for (const name of observers) one.accept(peer(name))
    one.give({ type: 'seeds', addresses: ['10.0.9.9:1'] })
    one.run(1000)
    const link = one.dialTo('10.0.9.9:1')
    one.connect(link, peer('c', {}, ['10.0.9.9:1']))
    one.run(3000)
    const lostAt = one.outputs.length
    one.dialed = (again) => one.fail(again.link)
    one.give({ type: 'link-closed', link, end: {} })
    one.run(520)
    const told = one.sent('updates', lostAt).flatMap(({ message }) => message.updates)
    const suspected = one.all('event', lostAt).find(({ event }) => event.type === 'member-suspected')
    expect(suspected?.event).toMatchObject({ why: { type: 'connection-refused' } })
    expect(told.some(({ name, state }) => name === 'c' && state === 'suspect')).toBe(true)
  })

  it('does not rest on a probe after which the member has refuted', () => {
    const one = new OneCore()
    one.answersPings = false
    const b = one.accept(peer('b'))
    const c = one.accept(peer('c'))
    let read = 0
    /** One ms, in which only b answers. */
    const live = () => {
      one.run(1)
      for (const ping of one.sent('ping', read)) if (ping.link === b) one.ack(ping)
      read = one.outputs.length
    }
    const asked = () => one.sent('ping').filter(({ link }) => link === c).length
    const before = asked()
    while (asked() === before) live()
    one.tell(b, updates(peer('c', { incarnation: 1 })))
    let waitedMs = 0
    for (; one.stateOf('c') === 'alive' && waitedMs < 10_000; waitedMs++) live()
    const suspected = one.all('event').find(({ event }) => event.type === 'member-suspected')
    const why = suspected?.event.type === 'member-suspected' ? suspected.event.why : undefined
    expect(why).toMatchObject({ type: 'silence' })
    expect(why?.type === 'silence' && why.silentMs).toBeLessThanOrEqual(waitedMs - 150)
  })

  it('by the word of others alone ends in no verdict while a helper hears the member', () => {
    const one = new OneCore()
    one.answersPings = false
    const links = observers.map((name) => one.accept(peer(name)))
    const c = one.accept(peer('c'))
    for (const [n, link] of links.entries()) {
      one.tell(link, updates(rumour('c', { state: 'suspect', by: observers[n] as string })))
    }
    const from = one.outputs.length
    let read = from
    for (let ms = 0; ms < 5000; ms++) {
      one.run(1)
      const sent = one.outputs.slice(read)
      read = one.outputs.length
      for (const output of sent) {
        if (output.type !== 'send' || output.link === c) continue
        const { link, message } = output
        if (message.type === 'ping') one.ack({ type: 'send', link, message })
        if (message.type === 'ping-request')
          one.tell(link, { type: 'indirect-ack', seq: message.seq, ok: true })
      }
    }
    const asked = one.sent('ping-request', from).filter(({ message }) => message.target.name === 'c')
    expect(asked.length).toBeGreaterThanOrEqual(observers.length)
    expect(one.stateOf('c')).toBe('suspect')
  })
})
