import { describe, expect, it } from 'vitest'
import type { LinkId } from '../../src/core/input.ts'
import { OneCore, peer, rumour, updates } from './one-core.ts'

/** Carries what one core sends on a link to the other; gives how much that was. */
function carry(from: OneCore, out: LinkId, start: number, to: OneCore, into: LinkId): number {
  const sends = from.all('send', start).filter(({ link, message }) => link === out && message.type !== 'ping')
  for (const { message } of sends) to.tell(into, message)
  return sends.length
}

describe('a want for a record that the other side lacks too', () => {
  it('does not go to and fro', () => {
    const suspected = updates(rumour('c', { incarnation: 5, state: 'suspect', by: 'y' }))
    const teller = new OneCore({ name: 't', instance: 'i-t' })
    const y = teller.accept(peer('y'))
    const c = teller.accept(peer('c'))
    teller.give({ type: 'link-closed', link: c, end: { code: 4012 } })
    teller.tell(y, suspected)
    teller.give({ type: 'link-closed', link: y, end: {} })
    const asker = new OneCore({ name: 'r', instance: 'i-r' })
    const toAsker = teller.accept(peer('r', { instance: 'i-r' }))
    const toTeller = asker.accept(peer('t', { instance: 'i-t' }))
    let told = teller.outputs.length
    let asked = asker.outputs.length
    asker.tell(toTeller, suspected)
    let carried = 0
    for (let round = 0; round < 20; round++) {
      const [fromAsker, fromTeller] = [asked, told]
      asked = asker.outputs.length
      carried += carry(asker, toTeller, fromAsker, teller, toAsker)
      told = teller.outputs.length
      carried += carry(teller, toAsker, fromTeller, asker, toTeller)
    }
    expect(carried).toBeGreaterThan(0)
    expect(carried).toBeLessThan(10)
  })
})

describe('pulls at new links that bring nothing', () => {
  it('do not put off what is asked when a peer is seen to differ', () => {
    const one = new OneCore({ generation: 1_760_000_005_000 })
    const names = ['b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    one.give({ type: 'seeds', addresses: names.map((name) => `10.0.0.${name}:1`) })
    one.run(500)
    const links: LinkId[] = []
    for (const name of names) {
      const link = one.dialTo(`10.0.0.${name}:1`)
      const from = one.outputs.length
      one.connect(link, peer(name))
      for (const digest of one.sent('digest', from))
        one.tell(digest.link, { type: 'delta', updates: [], wanted: [] })
      links.push(link)
      one.run(150)
    }
    expect(one.sent('digest').length).toBeGreaterThan(5)
    const from = one.outputs.length
    one.run(5000)
    expect(one.sent('digest', from).length).toBeGreaterThan(0)
  })
})
