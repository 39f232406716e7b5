import { defaultProtocol } from '@rollcall/membership/internal'
import { describe, expect, it } from 'vitest'
import { type BlockedRun, runBlockedMembers } from '../../src/sim/blocked-members.ts'

const run: Omit<BlockedRun, 'detector'> = {
  seed: 1,
  members: 16,
  blocked: 4,
  blocking: 'messages',
  windowMs: 20_000,
  gapMs: 1024,
  forMs: 24_000,
}

describe('with a quarter of the members blocked over and over', () => {
  it('no healthy member is failed, though plain SWIM fails some, and the dead are found no later', () => {
    const ours = runBlockedMembers({ ...run, detector: 'lifeguard' })
    const swim = runBlockedMembers({ ...run, detector: 'swim' })
    expect(swim.falseFailed).toBeGreaterThan(0)
    expect(ours.falseFailed).toBe(0)
    // A death of its own moment in each run: they may differ by the wait for the first probe. What plain SWIM says
    // before its time was a wrong suspicion that came true.
    for (const [i, failedMs] of ours.failedMs.entries()) {
      expect(failedMs).toBeLessThanOrEqual(
        Math.max(swim.failedMs[i] as number, defaultProtocol.failAfterMs) + 250,
      )
    }
  })

  it('nobody is failed wrongly while whole processes stop', () => {
    const ours = runBlockedMembers({ ...run, blocking: 'process', windowMs: 12_000, detector: 'lifeguard' })
    expect(ours.falseFailed).toBe(0)
  })
})
