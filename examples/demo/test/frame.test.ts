import { describe, expect, it } from 'vitest'
import type { Pod } from '../src/cluster/pod.ts'
import { EventLog } from '../src/screen/event-log.ts'
import { frame } from '../src/screen/frame.ts'
import { paint, plainText } from '../src/screen/paint.ts'
import { pod, pods } from './pods.ts'

function show(shown: readonly Pod[], columns = 80, rows = 24): string[] {
  const input = {
    pods: shown,
    selected: 'pod-0',
    log: new EventLog(),
    network: 'here',
    columns,
    rows,
    nowMs: 12_000,
  }
  return frame(input).map(plainText)
}

describe('the screen', () => {
  it.each([
    [80, 24],
    [200, 60],
    [60, 16],
    [38, 12],
    [20, 3],
    [1, 1],
  ])('fills a terminal of %i x %i and never more', (columns, rows) => {
    for (const count of [0, 1, 5, 9]) {
      const lines = show(pods(count), columns, rows)
      expect(lines).toHaveLength(rows)
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(columns)
    }
  })

  it('shows state, age, life and round-trip time of each of five pods on 80 x 24', () => {
    const text = show(pods(5)).join('\n')
    expect(text.match(/alive 12s/g)).toHaveLength(20)
    expect(text.match(/#1 0\.42ms/g)).toHaveLength(20)
    expect(text).toContain('generation 1000')
    expect(text).toContain('all 5 agree')
  })

  it('shows every state of nine pods on 80 x 24', () => {
    const names = pods(9).map(({ name }) => name)
    const shown = names.map((name) =>
      pod(name, names, { 'pod-1': 'suspect', 'pod-2': 'failed', 'pod-3': 'left' }),
    )
    const text = show(shown).join('\n')
    for (const state of ['suspect', 'failed', 'left']) expect(text.match(RegExp(state, 'g'))).toHaveLength(8)
    expect(text).toContain('pod-8')
  })

  it.each([6, 7, 8, 9])('shows all of what the selected one of %i pods sees on 80 x 24', (count) => {
    const text = show(pods(count)).join('\n')
    expect(text.match(/12s/g)?.length).toBeGreaterThanOrEqual(count - 1)
    expect(text.match(/#1/g)?.length).toBeGreaterThanOrEqual(count - 1)
    expect(text.match(/0\.42ms/g)?.length).toBeGreaterThanOrEqual(count - 1)
  })

  it('says in its own cell what was done to a pod', () => {
    const [first, second, third] = pods(3) as [Pod, Pod, Pod]
    const done: Pod[] = [
      { ...first, status: 'frozen' },
      { ...second, cut: true, isolated: true },
      { ...third, status: 'killed' },
    ]
    const text = show(done).join('\n')
    for (const word of ['FROZEN', 'CUT OFF', 'isolated', 'KILLED']) expect(text).toContain(word)
  })

  it('uses no codes where colour is not wanted', () => {
    const line = [{ text: 'failed', style: 'bad' }] as const
    expect(paint(line, false)).toBe('failed')
    expect(paint(line, true)).toContain('\x1b[')
  })
})
