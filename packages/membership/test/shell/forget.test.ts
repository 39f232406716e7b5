import { afterEach, describe, expect, it } from 'vitest'
import { ClosedError, ForgetError, OptionError } from '../../src/index.ts'
import { Clusters, memberOf } from './clusters.ts'
import { until } from './sockets.ts'

const clusters = new Clusters()
afterEach(() => clusters.leave())

describe('cluster.forget', () => {
  it('takes a member that left out of every view, as an event', async () => {
    const [a, b, c] = await clusters.form(3)
    if (a === undefined || b === undefined || c === undefined) return
    await c.leave()
    await until('both know', () => [a, b].every((each) => memberOf(each, 'm-2')?.state === 'left'))
    const removed: string[] = []
    for (const each of [a, b]) each.on('member-removed', ({ member }) => removed.push(member.name))
    a.forget('m-2')
    expect(memberOf(a, 'm-2')).toBeUndefined()
    await until('the other has forgotten too', () => memberOf(b, 'm-2') === undefined)
    expect(removed).toEqual(['m-2', 'm-2'])
    expect(() => a.forget('m-2')).toThrow(ForgetError)
  })

  it('refuses who is here, who is unknown, and what is no name', async () => {
    const [a] = await clusters.form(2)
    for (const name of ['m-0', 'm-1']) {
      const error = { code: 'ERR_ROLLCALL_MEMBER_PRESENT', member: name, state: 'alive' }
      expect(() => a?.forget(name)).toThrow(expect.objectContaining(error))
    }
    const unknown = { code: 'ERR_ROLLCALL_UNKNOWN_MEMBER', member: 'x', state: undefined }
    expect(() => a?.forget('x')).toThrow(expect.objectContaining(unknown))
    expect(() => a?.forget(7 as unknown as string)).toThrow(OptionError)
    expect(a?.view.members).toHaveLength(2)
  })

  it('refuses after the end', async () => {
    const cluster = await clusters.join()
    await cluster.leave()
    expect(() => cluster.forget('x')).toThrow(ClosedError)
  })
})
