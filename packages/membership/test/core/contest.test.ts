import { describe, expect, it } from 'vitest'
import { OneCore, peer } from './one-core.ts'

describe('two links with a member of which neither answers', () => {
  it('are asked again and again while it may be there', () => {
    const one = new OneCore()
    one.answersPings = false
    const links = [one.accept(peer('b')), one.accept(peer('b'))]
    one.run(2500)
    const from = one.outputs.length
    one.run(800)
    expect(new Set(one.sent('ping', from).map(({ link }) => link))).toEqual(new Set(links))
  })

  it('are ended once it has left', () => {
    const one = new OneCore()
    one.answersPings = false
    const links = [one.accept(peer('b')), one.accept(peer('b'))]
    const c = one.accept(peer('c'))
    one.tell(c, { type: 'updates', updates: [peer('b', { incarnation: 1, state: 'left' })] })
    one.run(2500)
    const ended = one.all('close').map(({ link }) => link)
    expect(new Set(ended)).toEqual(new Set(links))
  })
})
