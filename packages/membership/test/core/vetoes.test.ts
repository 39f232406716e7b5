import { describe, expect, it } from 'vitest'
import { OneCore, peer } from './one-core.ts'

describe('vetoes', () => {
  const names = ['a', 'b', 'x', 'y', 'z']
  const life = (of: string) => {
    const { name, generation, instance } = peer(of)
    return { name, generation, instance }
  }

  /** Peers that all answer; some of them vote others gone. */
  function cluster() {
    const one = new OneCore()
    const links = new Map(names.map((name) => [name, one.accept(peer(name))]))
    one.run(1000)
    const linkOf = (name: string) => links.get(name) as number
    const vote = (by: string, about: string) => {
      one.tell(linkOf(by), { type: 'gone', member: life(about), how: 'unreachable' })
      one.run(0)
    }
    const sent = (from: number) =>
      one.sent('veto', from).map(({ link, message }) => [link, message.members] as const)
    return { one, linkOf, links: [...links.values()], vote, sent }
  }

  it('go to everybody at once when a member answers that was voted gone', () => {
    const { one, links, vote, sent } = cluster()
    const from = one.outputs.length
    vote('a', 'x')
    expect(sent(from)).toEqual(links.map((link) => [link, [life('x')]]))
  })

  it('go together, those of one member once, where they follow each other within 50 ms', () => {
    const { one, links, vote, sent } = cluster()
    vote('a', 'x')
    const from = one.outputs.length
    for (const about of ['y', 'x', 'z']) for (const by of ['a', 'b']) vote(by, about)
    one.run(49)
    expect(sent(from)).toEqual([])
    one.run(1)
    expect(sent(from)).toEqual(links.map((link) => [link, [life('y'), life('x'), life('z')]]))
  })

  it('are not sent about a member whose link breaks before that, or of which another life is there', () => {
    const { one, linkOf, vote, sent } = cluster()
    vote('a', 'x')
    const from = one.outputs.length
    for (const about of ['x', 'y', 'z']) vote('a', about)
    one.give({ type: 'link-closed', link: linkOf('y'), end: {} })
    one.accept(peer('z', { instance: 'i-z2', generation: life('z').generation + 1 }))
    one.run(50)
    expect(new Set(sent(from).flatMap(([, members]) => members))).toEqual(new Set([life('x')]))
  })
})
