import { describe, expect, it } from 'vitest'
import { OneCore, peer } from './one-core.ts'

describe('votes of others that a member is gone', () => {
  /** Four peers and x, whose links stand. */
  function cluster() {
    const one = new OneCore()
    const links = ['a', 'b', 'c', 'd', 'x'].map((name) => one.accept(peer(name)))
    one.run(1000)
    const { name, generation, instance } = peer('x')
    const vote = { type: 'gone', member: { name, generation, instance }, how: 'refused' } as const
    return { one, links, vote }
  }

  it('make it failed once there are three, and nothing is told besides', () => {
    const { one, links, vote } = cluster()
    one.give({ type: 'link-closed', link: links[4] as number, end: {} })
    const from = one.outputs.length
    for (const link of links.slice(0, 2)) one.tell(link, vote)
    expect(one.stateOf('x')).toBe('alive')
    one.tell(links[2] as number, vote)
    expect(one.stateOf('x')).toBe('failed')
    expect(one.sent('updates', from)).toEqual([])
  })

  it('are no verdict before a veto that came meanwhile is read, however late that is', () => {
    const { one, links, vote } = cluster()
    const weak = { ...vote, how: 'unreachable' } as const
    for (const link of links.slice(0, 3)) one.tell(link, weak)
    one.stall(2000)
    expect(one.stateOf('x')).toBe('alive')
    one.tell(links[3] as number, { type: 'veto', members: [vote.member] })
    one.run(2000)
    expect(one.stateOf('x')).toBe('alive')
  })

  it('are answered with the verdict when they come after it', () => {
    const { one, links, vote } = cluster()
    one.give({ type: 'link-closed', link: links[4] as number, end: {} })
    for (const link of links.slice(0, 3)) one.tell(link, vote)
    const from = one.outputs.length
    one.tell(links[3] as number, vote)
    const [answer, ...more] = one.sent('updates', from)
    expect(answer).toMatchObject({
      link: links[3],
      message: { updates: [{ name: 'x', instance: 'i-x', state: 'failed' }] },
    })
    expect(more).toEqual([])
  })

  it('do not make the list of seeds urgent, which still has its address', () => {
    const { one, links, vote } = cluster()
    one.give({ type: 'seeds', addresses: ['10.0.0.x:1'] })
    for (const link of links.slice(0, 3)) one.tell(link, vote)
    one.give({ type: 'link-closed', link: links[4] as number, end: {} })
    one.run(300)
    expect(one.core.urgent).toBe(false)
    one.give({ type: 'seeds', addresses: ['10.0.0.x:1', '10.0.0.y:1'] })
    expect(one.core.urgent).toBe(true)
  })

  it('do not make it failed while it answers over our own link', () => {
    const { one, links, vote } = cluster()
    for (const link of links.slice(0, 4)) one.tell(link, vote)
    expect(one.stateOf('x')).toBe('alive')
    one.run(2000)
    expect(one.stateOf('x')).toBe('alive')
  })

  it('make it failed when it does not answer over a link that still stands', () => {
    const { one, links, vote } = cluster()
    one.answersPings = false
    for (const link of links.slice(0, 3)) one.tell(link, vote)
    one.run(499)
    expect(one.stateOf('x')).not.toBe('failed')
    one.run(1)
    expect(one.stateOf('x')).toBe('failed')
  })

  it('are nothing to the member itself', () => {
    const { one, links, vote } = cluster()
    const { name, generation, instance } = one.core.view.self
    for (const link of links) one.tell(link, { ...vote, member: { name, generation, instance } })
    one.run(2000)
    expect(one.core.view.self.state).toBe('alive')
  })

  it('are not counted against a newer life', () => {
    const { one, links, vote } = cluster()
    one.accept(peer('x', { instance: 'i-x2', generation: vote.member.generation + 1 }))
    for (const link of links.slice(0, 3)) one.tell(link, vote)
    expect(one.stateOf('x')).toBe('alive')
  })
})
