import { describe, expect, it } from 'vitest'
import { type Observed, passingSuspicions, wrongReports } from '../src/script/judge.ts'

const killed = {
  subject: 'pod-1',
  mayBe: ['member-suspected', 'member-failed'] as const,
  alone: false,
}

function says(observer: string, change: Observed['report']['change'], about?: string): Observed {
  return { observer, report: { change, ...(about === undefined ? {} : { about, why: 'silence' }) } }
}

describe('the judgement of a step', () => {
  it('finds nothing wrong with what must happen', () => {
    expect(wrongReports([says('pod-0', 'member-failed', 'pod-1')], killed)).toEqual([])
  })

  it('finds it wrong that anybody else is reported gone, or the right one in the wrong way', () => {
    const reports = [says('pod-0', 'member-failed', 'pod-2'), says('pod-0', 'member-left', 'pod-1')]
    expect(wrongReports(reports, killed)).toEqual([
      'pod-0 wrongly reported pod-2 failed (silence)',
      'pod-0 wrongly reported pod-1 left (silence)',
    ])
  })

  it('lets a pod that is on its own think of the others what it must', () => {
    const reports = [says('pod-1', 'member-failed', 'pod-0')]
    expect(wrongReports(reports, killed)).toHaveLength(1)
    expect(wrongReports(reports, { ...killed, alone: true })).toEqual([])
  })

  it('notes suspicions of pods that nothing was done to, without calling them wrong', () => {
    const reports = [says('pod-0', 'member-suspected', 'pod-2'), says('pod-0', 'member-suspected', 'pod-1')]
    expect(wrongReports(reports, killed)).toEqual([])
    expect(passingSuspicions(reports, killed)).toEqual(['pod-2'])
  })
})
