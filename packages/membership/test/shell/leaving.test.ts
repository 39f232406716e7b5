import { afterEach, describe, expect, it } from 'vitest'
import type { Cluster, HandoverContext, View } from '../../src/index.ts'
import { Clusters, memberOf, recorder } from './clusters.ts'
import { until } from './sockets.ts'

const clusters = new Clusters()
afterEach(() => clusters.leave())

/** A hook that is done when it is told to. */
function held(): { hook: (context: HandoverContext) => Promise<void>; finish: () => void; views: View[] } {
  let finish = () => {}
  const views: View[] = []
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  return {
    hook: ({ view }) => {
      views.push(view)
      return done
    },
    finish,
    views,
  }
}

describe('a member with a hook for its handover', () => {
  it('is seen to be leaving, works as ever, and says goodbye when the hook is done', async () => {
    const [first, second] = (await clusters.form(2)) as [Cluster, Cluster]
    const seen: string[] = []
    for (const cluster of [first, second]) {
      cluster.on('member-leaving', ({ member }) => {
        seen.push(`${cluster.view.self.name}: ${member.name} ${member.state} ${member.leaving}`)
      })
    }
    const { hook, finish, views } = held()
    first.beforeGoodbye(hook)
    const left = first.leave()
    expect(first.leave({ timeoutMs: 1, handoverTimeoutMs: 1 })).toBe(left)
    await until('the other sees it', () => memberOf(second, 'm-0')?.leaving === true)
    expect(seen).toEqual(['m-0: m-0 alive true', 'm-1: m-0 alive true'])
    expect(views).toHaveLength(1)
    expect(views[0]?.self).toMatchObject({ leaving: true, state: 'alive' })
    await first.setMetadata({ progress: 1 })
    const late = await clusters.join({ name: 'late' })
    await until('one that comes meanwhile sees it', () => memberOf(late, 'm-0')?.leaving === true)
    await until('it sees that one', () => memberOf(first, 'late')?.state === 'alive')
    expect(memberOf(late, 'm-0')).toMatchObject({ state: 'alive', metadata: { progress: 1 } })
    finish()
    await left
    expect(await first.closed).toEqual({ type: 'left' })
    await until('it has left', () => memberOf(second, 'm-0')?.state === 'left')
  })

  it('leaves at the deadline when the hook is not done', async () => {
    const { lines, logger } = recorder()
    const [one] = await clusters.form(1)
    const cluster = await clusters.join({ name: 'slow', logger, handoverTimeoutMs: 50 })
    await clusters.agreed([one as Cluster, cluster])
    let signal: AbortSignal | undefined
    cluster.beforeGoodbye((context) => {
      signal = context.signal
      return new Promise(() => {})
    })
    await cluster.leave()
    expect(signal?.reason).toMatchObject({ code: 'ERR_ROLLCALL_HANDOVER_TIMEOUT', timeoutMs: 50 })
    expect(lines).toContain('the goodbye waits no longer: after 50 ms 1 hook is not done')
    await until('it has left', () => memberOf(one as Cluster, 'slow')?.state === 'left')
  })

  it('waits as long as this call of leave says, alone too, and at the end of an `await using` block', async () => {
    const ended: unknown[] = []
    {
      await using cluster = await clusters.join({ handoverTimeoutMs: 0 })
      cluster.beforeGoodbye(({ signal }) => {
        signal.addEventListener('abort', () => ended.push(signal.reason.timeoutMs))
        return new Promise(() => {})
      })
    }
    expect(ended).toEqual([0])
    const alone = await clusters.join()
    alone.beforeGoodbye(({ signal }) => {
      signal.addEventListener('abort', () => ended.push(signal.reason.timeoutMs))
      return new Promise(() => {})
    })
    await alone.leave({ handoverTimeoutMs: 20 })
    expect(ended).toEqual([0, 20])
  })

  it('gives the hook the view in which it is leaving when a listener calls leave', async () => {
    const [first, second] = (await clusters.form(2)) as [Cluster, Cluster]
    const views: View[] = []
    first.beforeGoodbye(({ view }) => void views.push(view))
    first.on('member-leaving', ({ member }) => {
      if (!member.isSelf) first.leave()
    })
    await second.leave()
    await first.closed
    expect(views.map(({ self }) => self.leaving)).toEqual([true])
  })

  it('ends the hook when it is superseded', async () => {
    const first = await clusters.join({ name: 'twin' })
    let reason: unknown
    first.beforeGoodbye(({ signal }) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason
      })
      return new Promise(() => {})
    })
    const left = first.leave()
    const second = await clusters.join({ name: 'twin' })
    expect(await first.closed).toMatchObject({
      type: 'superseded',
      by: { instance: second.view.self.instance },
    })
    await left
    expect(reason).toMatchObject({ code: 'ERR_ROLLCALL_CLOSED', reason: 'superseded' })
  })

  it('refuses hooks that are none, and those that come too late', async () => {
    const cluster = await clusters.join()
    const wrong = { code: 'ERR_ROLLCALL_INVALID_OPTION', option: 'hook' }
    expect(() => cluster.beforeGoodbye('now' as never)).toThrow(expect.objectContaining(wrong))
    for (const handoverTimeoutMs of [-1, Number.POSITIVE_INFINITY, 2 ** 31, '5' as never]) {
      const refused = { option: 'handoverTimeoutMs' }
      await expect(cluster.leave({ handoverTimeoutMs })).rejects.toMatchObject(refused)
      await expect(clusters.join({ handoverTimeoutMs })).rejects.toMatchObject(refused)
    }
    const left = cluster.leave()
    const late = expect.objectContaining({ code: 'ERR_ROLLCALL_CLOSED', reason: 'left' })
    expect(() => cluster.beforeGoodbye(() => {})).toThrow(late)
    await left
    expect(() => cluster.beforeGoodbye(() => {})).toThrow(late)
  })
})
