import { afterEach, describe, expect, it } from 'vitest'
import { type MemberChild, startMember } from './support/member-child.ts'
import { agreed, Members, memberOf } from './support/members.ts'
import { until } from './support/until.ts'

const members = new Members()
let stopped: MemberChild | undefined
afterEach(async () => {
  await stopped?.process.kill()
  await members.leave()
})

const mebibyte = 1024 * 1024

describe('a member that never reads', () => {
  it('costs the others little memory, is cut off, and is up to date when it goes on', async () => {
    const one = await members.join({ name: 'one', host: '127.0.0.1', port: 0, seeds: async () => [] })
    const seeds = one.view.self.addresses
    const other = await members.join({ name: 'other', host: '127.0.0.1', port: 0, seeds: async () => seeds })
    stopped = await startMember({ name: 'stopped', host: '127.0.0.1', seeds })
    await agreed([one, other], ['one', 'other', 'stopped'])
    stopped.process.signal('SIGSTOP')
    const before = process.memoryUsage().arrayBuffers
    let most = 0
    // Some 96 MiB in all, which the other reads.
    for (let i = 1; i <= 6000; i++) {
      await one.setMetadata(`${i} ${'x'.repeat(16_000)}`)
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    }
    expect(one.diagnosis().counters['slow-receiver']).toBeGreaterThan(0)
    // Without the cut it would be all of it. What V8 has not collected yet is counted, too.
    expect(most).toBeLessThan(64 * mebibyte)
    const isLast = () => String(memberOf(other, 'one')?.metadata).startsWith('6000 ')
    await until('the other has the last metadata', isLast)
    stopped.process.signal('SIGCONT')
    await agreed([one, other], ['one', 'other', 'stopped'])
    const { incarnation } = one.view.self
    await until('the one that was stopped has it too', () => stopped?.view().one?.incarnation === incarnation)
  })
})
