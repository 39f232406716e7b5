import { describe, expect, it } from 'vitest'
import type { ChangeReport } from '../src/reports.ts'
import { EventLog } from '../src/screen/event-log.ts'
import { plainText } from '../src/screen/paint.ts'

function report(change: ChangeReport['change'], about: string, atMs: number): ChangeReport {
  return { type: 'change', change, about, atMs, view: { id: '', members: [] } }
}

function text(log: EventLog): string[] {
  return log.lines(20, 80).map((line) => plainText(line).trim().replace(/ +/g, ' '))
}

describe('the event log', () => {
  it('gathers what several pods noticed on one line, with the time of the last', () => {
    const log = new EventLog()
    log.did({ type: 'kill', pod: 'pod-1', atMs: 1000 }, '10:00:00')
    log.noticed('pod-0', report('member-failed', 'pod-1', 1012.5))
    log.noticed('pod-2', report('member-failed', 'pod-1', 1020))
    expect(text(log)).toEqual([
      '10:00:00 pod-1 killed (SIGKILL)',
      '20.0 ms pod-1 failed seen by 0: 12.5 2: 20.0',
    ])
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
    expect(text(log).at(-1)).toBe('310 ms pod-5 finds pods 0: 300 1: 310')
  })

  it('times what a pod finds from its call of join, which may be told late, and what ended its old life from the action', () => {
    const log = new EventLog()
    log.did({ type: 'restart', pod: 'pod-4', atMs: 1000 }, '10:00:00')
    log.noticed('pod-0', report('member-failed', 'pod-4', 1020))
    log.noticed('pod-0', report('member-restarted', 'pod-4', 1650))
    log.joining('pod-4', 1600)
    expect(text(log)).toEqual([
      '10:00:00 pod-4 restarted at a new address, called join 600 ms later (= 0 ms)',
      '20.0 ms pod-4 failed seen by 0: 20.0',
      '50.0 ms pod-4 restarted seen by 0: 50.0',
    ])
  })

  it('goes on in another line where the screen ends, and loses nothing', () => {
    const log = new EventLog()
    log.did({ type: 'kill', pod: 'pod-8', atMs: 1000 }, '10:00:00')
    for (let i = 0; i < 8; i++) log.noticed(`pod-${i}`, report('member-failed', 'pod-8', 2000 + i))
    log.note(`Not possible: ${'something went wrong '.repeat(6)}`)
    for (const columns of [38, 80]) {
      const lines = log.lines(20, columns).map(plainText)
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns)
      for (let i = 0; i < 8; i++) expect(lines.join('\n')).toContain(`${i}: 100${i}`)
      expect(lines.join('\n').match(/something/g)).toHaveLength(6)
      expect(log.lines(3, columns)).toHaveLength(3)
    }
  })
})
