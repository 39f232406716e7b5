import { describe, expect, it } from 'vitest'
import { CloseCode } from '../../src/core/close-code.ts'
import type { LinkId } from '../../src/core/input.ts'
import { GENERATION, hello, OneCore, peer, rumour, updates } from './one-core.ts'

const retired = (one: OneCore): LinkId[] => one.sent('last').map(({ link }) => link)
const answerAll = (one: OneCore) => {
  for (const ping of one.sent('ping')) one.ack(ping)
}

describe('a rival life of our own name', () => {
  it('that nobody can reach does not end our probing', () => {
    const one = new OneCore()
    one.dialed = ({ link }) => one.fail(link)
    const b = one.accept(peer('b'))
    one.tell(b, updates(peer('self', { generation: GENERATION + 2000, instance: 'i-other' }, ['10.7.7.7:1'])))
    one.run(600_000)
    const before = one.outputs.length
    one.run(5000)
    expect(one.sent('ping', before).length).toBeGreaterThan(0)
  })
})

describe('a peer that raises its generation', () => {
  it('keeps the link on which it says so', () => {
    const one = new OneCore()
    const link = one.accept(peer('b'))
    one.tell(link, hello(peer('b', { generation: GENERATION + 7 })))
    expect(one.all('close')).toEqual([])
    expect(one.core.links().map((info) => info.peer.generation)).toEqual([GENERATION + 7])
  })
})

describe('a generation of our own that was raised', () => {
  const generationsSaid = (one: OneCore, link: LinkId) =>
    one
      .sent('hello')
      .filter((sent) => sent.link === link)
      .map(({ message }) => message.self.generation)
  const own = GENERATION + 1000
  const earlierLife = rumour('self', { generation: GENERATION + 2000, instance: 'i-other', state: 'failed' })

  it('is said on a link whose peer has not said hello yet, for it was sent the former one', () => {
    const one = new OneCore()
    const b = one.accept(peer('b'))
    const greeting = one.open()
    one.tell(b, updates(earlierLife))
    expect(generationsSaid(one, greeting)).toEqual([own, GENERATION + 2001])
  })

  it('is said on every link with a peer, for the one in use may be dead', () => {
    const one = new OneCore()
    one.answersPings = false
    const links = [one.accept(peer('b')), one.accept(peer('b'))]
    one.tell(links[0] as LinkId, updates(earlierLife))
    for (const link of links) expect(generationsSaid(one, link)).toEqual([own, GENERATION + 2001])
  })
})

describe('two links dialed by one side', () => {
  const addresses = ['10.4.0.1:1', '10.4.0.2:1']

  it('end with one, chosen by the dialer', () => {
    const dialer = new OneCore()
    dialer.answersPings = false
    dialer.give({ type: 'seeds', addresses })
    dialer.run(200)
    const links = dialer.all('dial').map(({ link }) => link)
    for (const link of links) dialer.connect(link, peer('b', {}, addresses))
    answerAll(dialer)
    expect(links).toHaveLength(2)
    expect(retired(dialer)).toHaveLength(1)
  })

  it('both stand on the other side until the dialer says its last on one', () => {
    const acceptor = new OneCore()
    acceptor.answersPings = false
    const links = [acceptor.accept(peer('b')), acceptor.accept(peer('b'))]
    answerAll(acceptor)
    expect(retired(acceptor)).toEqual([])
    acceptor.tell(links[1] as LinkId, { type: 'last' })
    expect(retired(acceptor)).toEqual([links[1]])
  })

  it('are asked again when neither ends, and one that has died without a word is closed', () => {
    const acceptor = new OneCore()
    acceptor.answersPings = false
    const [dead, live] = [acceptor.accept(peer('b')), acceptor.accept(peer('b'))]
    answerAll(acceptor)
    const before = acceptor.outputs.length
    acceptor.run(2500)
    for (const ping of acceptor.sent('ping', before)) if (ping.link === live) acceptor.ack(ping)
    acceptor.run(1000)
    const ends = acceptor.all('close').map(({ link, code }) => ({ link, code }))
    expect(ends).toEqual([{ link: dead, code: CloseCode.silent }])
  })
})
