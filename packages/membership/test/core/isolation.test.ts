import { describe, expect, it } from 'vitest'
import { CloseCode } from '../../src/core/close-code.ts'
import { OneCore, peer } from './one-core.ts'

const isolations = (one: OneCore, from = 0) =>
  one.all('event', from).flatMap(({ event }) => (event.type === 'isolated' ? [event.isolated] : []))

/** A peer dials us and says hello; ours it refuses. */
function refuse(one: OneCore, name: string): void {
  const link = one.accept(peer(name))
  one.give({ type: 'link-closed', link, end: { code: CloseCode.unverified } })
}

describe('a member whose hello everybody refuses', () => {
  it('is isolated, and stays so, however often they say hello', () => {
    const one = new OneCore()
    for (let i = 0; i < 40; i++) {
      refuse(one, i % 2 === 0 ? 'b' : 'c')
      one.run(250)
    }
    expect(isolations(one)).toEqual([true])
  })

  it('has no majority by them, not even before it is isolated', () => {
    const one = new OneCore({ expectedSize: 3 })
    const seen = new Set<string>()
    for (let i = 0; i < 20; i++) {
      refuse(one, i % 2 === 0 ? 'b' : 'c')
      one.run(250)
      seen.add(one.core.quorum.state)
    }
    expect([...seen]).toEqual(['unknown', 'minority'])
  })

  it('is not isolated any more as soon as one answers it', () => {
    const one = new OneCore()
    for (let i = 0; i < 20; i++) {
      refuse(one, 'b')
      one.run(250)
    }
    const from = one.outputs.length
    one.accept(peer('b'))
    expect(isolations(one, from)).toEqual([])
    one.run(0)
    expect(isolations(one, from)).toEqual([false])
  })
})

describe('a member that has rightly been alone', () => {
  it('is not isolated at once by the first other that says hello', () => {
    const one = new OneCore()
    one.run(10_000)
    one.accept(peer('b'))
    one.run(10_000)
    expect(isolations(one)).toEqual([])
  })

  it('is isolated only when it has heard nothing for a while of the first other that is listed', () => {
    const one = new OneCore()
    one.run(10_000)
    one.give({ type: 'seeds', addresses: ['10.0.0.b:1'] })
    one.run(1900)
    expect(isolations(one)).toEqual([])
    one.run(200)
    expect(isolations(one)).toEqual([true])
  })
})
