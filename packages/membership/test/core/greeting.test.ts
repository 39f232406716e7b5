import { describe, expect, it } from 'vitest'
import { CloseCode } from '../../src/core/close-code.ts'
import type { ClusterIds } from '../../src/core/cluster-ids.ts'
import type { LinkId } from '../../src/core/input.ts'
import type { Hello } from '../../src/core/message.ts'
import { GENERATION, hello, OneCore, peer, updates } from './one-core.ts'

const closeCodes = (one: OneCore) => one.all('close').map(({ code }) => code)
const helloOf = (one: OneCore) => one.sent('hello').at(-1)?.message as Hello

describe('the ids of a cluster', () => {
  const before = { clusterId: 'old' }
  const between = { clusterId: 'old', alsoClusterIds: ['new'] }
  const after = { clusterId: 'new' }

  /** Whether each of two members takes the other in. */
  function meet(idsOfA: ClusterIds, idsOfB: ClusterIds): boolean[] {
    const [a, b] = [
      new OneCore({ ...idsOfA, name: 'a', instance: 'i-a' }),
      new OneCore({ ...idsOfB, name: 'b' }),
    ]
    const [atA, atB] = [a.open(), b.open()]
    a.tell(atA, helloOf(b))
    b.tell(atB, helloOf(a))
    return [a.stateOf('b') === 'alive', b.stateOf('a') === 'alive']
  }

  it.each([
    ['before and in between', before, between],
    ['in between and in between', between, between],
    ['in between and after', between, after],
  ])('match of members %s', (_, a, b) => {
    expect(meet(a, b)).toEqual([true, true])
  })

  it.each([
    ['before and after', before, after],
    ['in between and of another cluster', between, { clusterId: 'other', alsoClusterIds: ['another'] }],
  ])('do not match of members %s, and both sides refuse', (_, a, b) => {
    expect(meet(a, b)).toEqual([false, false])
  })

  it('stand all in the reason of a refusal', () => {
    const one = new OneCore({ clusterId: 'old', alsoClusterIds: ['new'] })
    one.tell(one.open(), hello(peer('b'), { clusterId: 'other' }))
    expect(one.all('close')).toMatchObject([
      { code: CloseCode.wrongCluster, reason: 'peer belongs to cluster "other", this is "old", also "new"' },
    ])
  })
})

describe('a peer that says no hello', () => {
  it('is given up in time, whatever frames of unknown kinds it sends', () => {
    const one = new OneCore()
    const link = one.open()
    for (let i = 0; i < 4; i++) {
      one.run(1200)
      one.give({ type: 'unknown-frame', link })
    }
    expect(closeCodes(one)).toEqual([])
    one.run(200)
    expect(closeCodes(one)).toEqual([CloseCode.helloTimeout])
  })
})

describe('an address that somebody else has now', () => {
  /** A member is known at an address that no seed lists, and its link breaks. */
  function dialAgain(): { one: OneCore; link: LinkId } {
    const one = new OneCore()
    one.give({ type: 'link-closed', link: one.accept(peer('b')), end: {} })
    one.run(1000)
    const link = one.dialTo('10.0.0.b:1')
    one.give({ type: 'dial-connected', link })
    one.give({ type: 'link-opened', link })
    return { one, link }
  }

  it('is told whom the dialer means, and refuses when that is somebody else', () => {
    const { one } = dialAgain()
    expect(helloOf(one)).toMatchObject({ meant: 'b' })
    const reached = new OneCore({ name: 'c', instance: 'i-c' })
    reached.tell(reached.open(), helloOf(one))
    expect(closeCodes(reached)).toEqual([CloseCode.notMeant])
    expect(reached.stateOf('self')).toBeUndefined()
  })

  it('is refused by the dialer when another member says hello there', () => {
    const { one, link } = dialAgain()
    one.tell(link, hello(peer('c')))
    expect(closeCodes(one)).toEqual([CloseCode.notMeant])
    expect(one.stateOf('c')).toBeUndefined()
  })

  it('is welcome when it is a later life of the name that was meant', () => {
    const { one, link } = dialAgain()
    one.tell(link, hello(peer('b', { generation: GENERATION + 5, instance: 'i-b-2' })))
    expect(closeCodes(one)).toEqual([])
    expect(one.core.view.members.find(({ name }) => name === 'b')).toMatchObject({ instance: 'i-b-2' })
  })

  it('is refused when it is an earlier life, which is told of the later one', () => {
    const { one, link } = dialAgain()
    one.tell(link, hello(peer('b', { generation: GENERATION - 5, instance: 'i-b-0' })))
    expect(closeCodes(one)).toEqual([CloseCode.staleLife])
    const [told] = one.sent('updates').filter((sent) => sent.link === link)
    expect(told?.message).toEqual(updates(peer('b')))
  })
})
