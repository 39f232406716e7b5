import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestCluster } from '../../src/index.ts'

afterEach(() => {
  vi.useRealTimers()
})

describe('time in a test cluster', () => {
  it('passes when the test says so, exactly as far, and not otherwise', async () => {
    await using test = await createTestCluster(2)
    const start = test.now
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(test.now).toBe(start)
    await test.advance(1234.5)
    expect(test.now).toBe(start + 1234.5)
    await test.advance(0)
    expect(test.now).toBe(start + 1234.5)
  })

  it('is stopped while code reacts to an event, however many awaits that takes', async () => {
    await using test = await createTestCluster(3)
    const reacted: number[] = []
    let failedAt = Number.NaN
    test.cluster('m-0').on('member-failed', async () => {
      failedAt = test.now
      for (let i = 0; i < 50; i++) await null
      reacted.push(test.now)
      await new Promise((resolve) => process.nextTick(resolve))
      reacted.push(test.now)
      await test.sleep(100)
      reacted.push(test.now)
    })
    test.kill('m-2')
    await test.advance(2000)
    expect(reacted).toEqual([failedAt, failedAt, failedAt + 100])
  })

  it('passes until a promise has settled, and gives its value or its error', async () => {
    await using test = await createTestCluster(2)
    const view = await test.until(test.cluster('m-0').settled({ minMembers: 2, stableMs: 5000 }))
    expect(view.members.length).toBe(2)
    expect(test.now).toBeGreaterThan(5000)
    const never = test.cluster('m-0').settled({ minMembers: 3, signal: test.timeout(1000) })
    const start = test.now
    await expect(test.until(never)).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(test.now).toBeCloseTo(start + 1000, 2)
  })

  it('passes until a condition holds, or says what each member sees', async () => {
    await using test = await createTestCluster(3, { joinOptions: { expectedSize: 3 } })
    test.kill('m-2')
    await test.until(() => test.cluster('m-0').view.members[2]?.state === 'failed')
    const failed = test.until(() => test.cluster('m-0').view.members.length === 9, { withinMs: 500 })
    await expect(failed).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_TEST_TIMEOUT',
      withinMs: 500,
      message: expect.stringContaining('view.members.length === 9'),
      report: expect.stringContaining('m-0 sees alive m-0 m-1, failed m-2, quorum majority'),
    })
    await expect(test.until(new Promise(() => {}), { withinMs: 10 })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_TEST_TIMEOUT',
      message: expect.stringContaining('m-2 (killed) sees'),
    })
    const thrown = new Error('the condition is wrong')
    const wrong = test.until(() => {
      throw thrown
    })
    await expect(wrong).rejects.toBe(thrown)
    await test.advance(1)
  })

  it('passes for one at a time, so that a forgotten await is found', async () => {
    await using test = await createTestCluster(1)
    const first = test.advance(1000)
    await expect(test.advance(1000)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_TEST_USAGE',
      message: expect.stringContaining('await'),
    })
    await first
  })

  it('passes under fake timers, which it does not move', async () => {
    vi.useFakeTimers()
    await using test = await createTestCluster(3)
    let isRung = false
    setTimeout(() => {
      isRung = true
    }, 100)
    test.kill('m-1')
    await test.until(() => test.cluster('m-0').view.members[1]?.state === 'failed')
    await test.advance(10_000)
    expect(isRung).toBe(false)
    vi.advanceTimersByTime(100)
    expect(isRung).toBe(true)
  })

  it("goes along with fake timers in small steps, so that both see the other's past", async () => {
    vi.useFakeTimers()
    await using test = await createTestCluster(3)
    const start = test.now
    const seen: string[] = []
    test
      .cluster('m-0')
      .on('member-failed', () => setTimeout(() => seen.push(`${Math.round(test.now - start)}`), 500))
    test.kill('m-1')
    for (let t = 0; t < 1000; t += 10) {
      vi.advanceTimersByTime(10)
      await test.advance(10)
    }
    expect(seen).toEqual(['500'])
  })

  it('sets no timer of this process and opens nothing', async () => {
    const before = process.getActiveResourcesInfo()
    await using test = await createTestCluster(5)
    await test.advance(10_000)
    test.kill('m-0')
    await test.advance(10_000)
    const since = process.getActiveResourcesInfo()
    for (const kind of ['Timeout', 'TCPSocketWrap', 'TCPServerWrap', 'GetAddrInfoReqWrap']) {
      const count = (list: string[]) => list.filter((each) => each === kind).length
      expect(count(since), kind).toBeLessThanOrEqual(count(before))
    }
  })

  it('ends when the cluster is closed', async () => {
    const test = await createTestCluster(2)
    const told: string[] = []
    test.cluster('m-0').on('view-changed', () => told.push('view-changed'))
    await test.close()
    await expect(test.advance(1)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_TEST_USAGE' })
    expect(test.clusters).toEqual([])
    expect(told).toEqual([])
    await test.close()
  })
})
