import { afterEach, describe, expect, it } from 'vitest'
import type { Cluster, SharedKey } from '../../src/index.ts'
import { Clusters, recorder } from '../shell/clusters.ts'
import { until } from '../shell/sockets.ts'
import { uses } from './key-uses.ts'
import { Talk } from './talk.ts'

const clusters = new Clusters()
afterEach(() => clusters.leave())

const key = (id: string, fill = id): SharedKey => ({ id, secret: fill.repeat(32) })

describe('members with a shared key', () => {
  it('find each other, and say which keys they have, without a secret', async () => {
    const [first] = await clusters.form(3, { security: { keys: [key('b'), key('a')] } })
    const diagnosis = first?.diagnosis()
    expect(diagnosis?.security).toEqual({
      type: 'keys',
      dials: 'b',
      accepted: [
        { id: 'b', links: 2 },
        { id: 'a', links: 0 },
      ],
      removed: [],
    })
    expect(JSON.stringify(diagnosis)).not.toContain('bbbb')
  })

  it('do not let in who has another, who has the same id with another secret, or who has none', async () => {
    const { lines, logger } = recorder()
    const member = await clusters.join({ name: 'in', security: { keys: [key('a')] }, logger })
    const strangers = [{ keys: [key('z')] }, { keys: [key('a', 'x')] }, 'none'] as const
    const outside: Cluster[] = []
    const open = recorder()
    for (const [i, security] of strangers.entries())
      outside.push(await clusters.join({ name: `out-${i}`, security, logger: open.logger }))
    const refusals = () => {
      const { counters } = member.diagnosis()
      return ['unknown-key', 'wrong-secret', 'no-tls'].map((name) => (counters[name] ?? 0) > 0)
    }
    await until('all were refused', () => refusals().every((refused) => refused))
    const said = () => member.diagnosis().text
    await until(
      'it says so',
      () => said().includes('Refuses our key') && said().includes('Does not speak TLS'),
    )
    await until('so does the one without keys that it has dialed', () =>
      open.lines.some((line) => line.includes('it speaks TLS, and this member does not')),
    )
    await until('so does who was refused', () => outside[0]?.diagnosis().text.includes('Refuses our key'))
    expect([member, ...outside].map(({ view }) => view.members.length)).toEqual([1, 1, 1, 1])
    expect(lines).toContainEqual(expect.stringContaining('refused: its key "z" is not accepted here'))
    expect(lines.join()).not.toMatch(/a{32}|z{32}|x{32}/)
  })
})

describe('keys that are replaced while messages go on', () => {
  it('replace the links that they carried, without a suspicion or a request lost', async () => {
    const members = await clusters.form(5, { security: { keys: [key('a')] } })
    const talk = new Talk(members)
    // Each step at all members, one after the other; those that have taken it and those that have not live side by side.
    const step = async (keys: SharedKey[], isDone: (member: Cluster) => boolean) => {
      for (const member of members) {
        member.setKeys(keys)
        const before = talk.answered
        await until('requests go on', () => talk.answered > before + 50)
      }
      await until(`links follow ${keys.map(({ id }) => id)}`, () => members.every(isDone))
    }
    const links = (member: Cluster) => JSON.stringify(uses(member))
    await step([key('a'), key('b')], (member) => links(member) === '{"accepted":{"a":4,"b":0},"removed":0}')
    await step([key('b'), key('a')], (member) => links(member) === '{"accepted":{"b":0,"a":4},"removed":0}')
    await step([key('b')], (member) => links(member) === '{"accepted":{"b":4},"removed":0}')
    await talk.end()
    expect(talk.troubles).toEqual([])
    expect(members.map(({ view }) => view.members.length)).toEqual([5, 5, 5, 5, 5])
  })

  it('part members that have no key in common, until they have one again', async () => {
    const [first, second] = (await clusters.form(2, { security: { keys: [key('a')] } })) as [Cluster, Cluster]
    first.setKeys([key('b')])
    await until('the link is closed', () => first.links().length === 0 && second.links().length === 0, 15_000)
    expect(first.diagnosis().text).toContain('Refuses our key')
    second.setKeys([key('b')])
    await until('they are linked again', () => uses(first).accepted.b === 1 && uses(second).accepted.b === 1)
    await clusters.agreed([first, second])
  })

  it('are refused where they are wrong, and where there are none', async () => {
    const keyed = await clusters.join({ security: { keys: [key('a')] } })
    expect(() => keyed.setKeys([{ id: 'b', secret: 'short' }])).toThrow(/option keys\[0\].secret/)
    const open = await clusters.join({ security: 'none' })
    expect(() => open.setKeys([key('a')])).toThrow(/option keys: expected nothing/)
    await keyed.leave()
    expect(() => keyed.setKeys([key('a')])).toThrow(expect.objectContaining({ code: 'ERR_ROLLCALL_CLOSED' }))
  })
})
