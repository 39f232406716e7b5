import { describe, expect, it } from 'vitest'
import type { ChangeReport } from '../src/reports.ts'
import { EventLog } from '../src/screen/event-log.ts'
import { plainText } from '../src/screen/paint.ts'

function report(change: ChangeReport['change'], about: string, atMs: number): ChangeReport {
  return { type: 'change', change, about, atMs, view: { id: '', members: [] } }
}

function text(log: EventLog): string[] {
  return log.lines(20).map((line) => plainText(line).trim().replace(/ +/g, ' '))
}

describe('the event log', () => {
  it('gathers what several pods noticed on one line, with the time of the last', () => {
    const log = new EventLog()
    log.did({ type: 'kill', pod: 'pod-1', atMs: 1000 }, '10:00:00')
    log.noticed('pod-0', report('member-failed', 'pod-1', 1012.5))
    log.noticed('pod-2', report('member-failed', 'pod-1', 1020))
    expect(text(log)).toEqual(['10:00:00 pod-1 killed (SIGKILL)', '20.0 ms pod-1 failed 0: 12.5 2: 20.0'])
  })

  it('measures from the action on the pod it is about while that is not settled, else from the last one', () => {
    const log = new EventLog()
    log.did({ type: 'freeze', pod: 'pod-1', atMs: 1000 }, '')
    log.did({ type: 'kill', pod: 'pod-2', atMs: 2000 }, '')
    log.noticed('pod-0', report('member-suspected', 'pod-1', 2500))
    expect(text(log).at(-1)).toContain('1500 ms pod-1 suspect')
    log.agreed('all agree')
    log.did({ type: 'cut', pod: 'pod-3', atMs: 9000 }, '')
    log.noticed('pod-0', report('member-suspected', 'pod-1', 9100))
    expect(text(log).at(-1)).toContain('100 ms pod-1 suspect')
  })

  it('gathers what the pod of the action sees of the others', () => {
    const log = new EventLog()
    log.did({ type: 'start', pod: 'pod-5', atMs: 0 }, '')
    log.noticed('pod-5', report('member-joined', 'pod-0', 300))
    log.noticed('pod-5', report('member-joined', 'pod-1', 310))
    expect(text(log).at(-1)).toBe('310 ms pod-5 sees joined 0: 300 1: 310')
  })
})
