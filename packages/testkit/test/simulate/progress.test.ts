import { describe, expect, it } from 'vitest'
import { bar, duration, ProgressBar } from '../../src/simulate/progress.ts'

const at = (done: number, failed = 0) => ({ done, of: 40, failed, elapsedMs: done * 1000 })

/** What a bar writes. */
function written(isTTY: boolean, play: (progress: ProgressBar) => void): string {
  let text = ''
  const terminal = { isTTY, columns: 80, write: (more: string) => (text += more) }
  play(new ProgressBar(terminal))
  return text
}

describe('the progress of npm run simulate', () => {
  it('is a bar with percentage, failures and remaining time', () => {
    expect(bar(at(10, 2), 80)).toBe('[#######.......................]  25%  10/40 seeds, 2 failed, 30 s left')
    expect(bar(at(40), 80)).toBe('[##############################] 100%  40/40 seeds, 0 failed')
  })

  it('fits into a narrow terminal', () => {
    expect(bar(at(10, 2), 50)).toHaveLength(50)
  })

  it('is drawn over on a terminal, with lines printed above it', () => {
    const text = written(true, (progress) => {
      progress.show(at(10))
      progress.line('seed 7 failed')
      progress.show(at(20, 1))
      progress.end()
    })
    expect(text.split(/[\r\n]/).map((line) => line.replace('\x1b[K', ''))).toEqual([
      '',
      bar(at(10), 79),
      'seed 7 failed',
      bar(at(10), 79),
      bar(at(20, 1), 79),
      '',
    ])
  })

  it('is a line for every tenth part elsewhere', () => {
    const text = written(false, (progress) => {
      for (let done = 1; done <= 40; done++) progress.show(at(done))
      progress.end()
    })
    expect(text.trim().split('\n')).toHaveLength(10)
  })

  it('tells time as people do', () => {
    expect([200, 59_000, 200_000, 3_900_000].map(duration)).toEqual([
      '1 s',
      '59 s',
      '3 min 20 s',
      '1 h 5 min',
    ])
  })
})
