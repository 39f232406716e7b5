import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ClosedError, HandoverTimeoutError, type View } from '../../src/index.ts'
import { systemClock } from '../../src/shell/clock.ts'
import { Handover, type HandoverContext } from '../../src/shell/handover.ts'
import { PeerLog } from '../../src/shell/log.ts'
import { nodePlatform } from '../../src/shell/node-platform.ts'
import { recorder } from './clusters.ts'

// Not the others, which what runs the tests may have set.
beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] }))
afterEach(() => vi.useRealTimers())

const view = {} as View

function handover() {
  const { lines, fields, logger } = recorder()
  return { lines, fields, handover: new Handover(nodePlatform, new PeerLog(logger, systemClock)) }
}

/** Whether a promise has settled by now. */
async function isDone(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol()
  return (await Promise.race([promise, vi.advanceTimersByTimeAsync(0).then(() => pending)])) !== pending
}

describe('the hooks of a handover', () => {
  it('run all at once, and are waited for', async () => {
    const { handover: hooks, lines } = handover()
    const given: HandoverContext[] = []
    const finish: (() => void)[] = []
    for (let i = 0; i < 2; i++) {
      hooks.add((context) => {
        given.push(context)
        return new Promise<void>((resolve) => finish.push(resolve))
      })
    }
    const startedAt = Date.now()
    const done = hooks.run(view, 5000)
    expect(await isDone(done)).toBe(false)
    expect(given).toHaveLength(2)
    expect(given[0]).toMatchObject({ view, deadline: startedAt + 5000 })
    finish[0]?.()
    expect(await isDone(done)).toBe(false)
    finish[1]?.()
    await done
    expect(given[0]?.signal.aborted).toBe(false)
    expect(vi.getTimerCount()).toBe(0)
    expect(lines).toEqual([])
  })

  it('are given up at the deadline, which their signal tells', async () => {
    const { handover: hooks, lines, fields } = handover()
    let reason: unknown
    hooks.add(() => new Promise(() => {}))
    hooks.add(({ signal }) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason
          reject(signal.reason)
        })
      })
    })
    const done = hooks.run(view, 5000)
    await vi.advanceTimersByTimeAsync(4999)
    expect(await isDone(done)).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await done
    expect(reason).toBeInstanceOf(HandoverTimeoutError)
    expect(reason).toMatchObject({ code: 'ERR_ROLLCALL_HANDOVER_TIMEOUT', timeoutMs: 5000 })
    expect(lines).toEqual(['the goodbye waits no longer: after 5000 ms 2 hooks are not done'])
    expect(fields[0]).toEqual({ kind: 'handover', unfinished: 2, timeoutMs: 5000 })
  })

  it('hurt nobody when they throw, reject, or return no promise', async () => {
    const { handover: hooks, lines, fields } = handover()
    const errors = [new Error('thrown'), new Error('rejected')]
    let ran = 0
    hooks.add(() => {
      throw errors[0]
    })
    hooks.add(() => Promise.reject(errors[1]))
    hooks.add(() => ++ran)
    await hooks.run(view, 5000)
    expect(ran).toBe(1)
    expect(lines).toEqual(Array(2).fill('a hook of beforeGoodbye failed'))
    expect(fields.map(({ err }) => err)).toEqual(errors)
  })

  it('do not run once taken out, and run at once when added late', async () => {
    const { handover: hooks } = handover()
    const ran: string[] = []
    const takeOut = hooks.add(() => ran.push('out'))
    takeOut()
    expect(hooks.isEmpty).toBe(true)
    let finishLate = () => {}
    hooks.add(async () => {
      ran.push('first')
      hooks.add(() => {
        ran.push('late')
        return new Promise<void>((resolve) => {
          finishLate = resolve
        })
      })
    })
    const done = hooks.run(view, 5000)
    expect(await isDone(done)).toBe(false)
    expect(ran).toEqual(['first', 'late'])
    finishLate()
    await done
  })

  it('end when the member does', async () => {
    const { handover: hooks, lines } = handover()
    let given: HandoverContext | undefined
    hooks.add((context) => {
      given = context
      return new Promise(() => {})
    })
    const done = hooks.run(view, 5000)
    expect(await isDone(done)).toBe(false)
    hooks.end(new ClosedError('superseded'))
    await done
    expect(given?.signal.reason).toMatchObject({ code: 'ERR_ROLLCALL_CLOSED', reason: 'superseded' })
    expect(vi.getTimerCount()).toBe(0)
    expect(lines).toEqual([])
  })

  it('are told nothing by the goodbye that follows when they are done', async () => {
    const { handover: hooks } = handover()
    let given: HandoverContext | undefined
    hooks.add((context) => {
      given = context
    })
    await hooks.run(view, 5000)
    hooks.end(new ClosedError('left'))
    expect(given?.signal.aborted).toBe(false)
  })

  it('that reject with nothing are logged, too', async () => {
    const { handover: hooks, lines } = handover()
    hooks.add(() => Promise.reject(undefined))
    await hooks.run(view, 5000)
    expect(lines).toEqual(['a hook of beforeGoodbye failed'])
  })
})
