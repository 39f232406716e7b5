// What the torture makes of what clients met.
import { describe, expect, it } from 'vitest'
import { Experience } from './support/load/load.ts'
import { readOptions } from './torture/options.ts'
import type { ActKind } from './torture/ordeals.ts'
import { actHead, actLine, table } from './torture/report.ts'
import type { Act } from './torture/torture.ts'
import { isLoss, judge } from './torture/verdict.ts'

function act(kind: ActKind, met: Partial<Experience> = {}, failures = 0): Act {
  const experience = Object.assign(new Experience(), { requests: 1000 }, met)
  return { kind, text: kind, seconds: 1, experience, failures }
}

const older = { type: 'older', text: 'key-1: 1 was read after 2' } as const
const late = { type: 'late', text: 'key-1: 1 was read after 2' } as const
const invented = { type: 'invented', text: 'key-1: 9 was read, and 2 sent at most' } as const

/** What was missed, by name. */
function missed(...acts: Act[]): string[] {
  return judge(acts).flatMap(({ name, isReached }) => (isReached ? [] : name))
}

describe('the verdict', () => {
  it('is reached when nothing is wrong', () => {
    expect(missed(act('calm'), act('rolling restart'), act('SIGKILL', {}, 2), act('reading all'))).toEqual([])
    expect(isLoss([act('calm'), act('reading all')])).toBe(false)
  })

  it.each([
    ['acknowledged writes lost', act('reading all', { problems: [older] })],
    ['wrong values read', act('reading all', { problems: [invented] })],
    ['wrong values read', act('scaling', { problems: [older] })],
  ])('is missed, and a loss: %s', (name, wrong) => {
    expect(missed(act('calm'), wrong)).toEqual([name])
    expect(isLoss([act('calm'), wrong])).toBe(true)
  })

  it.each([
    ['writes given up, and done late', act('freeze', { problems: [late], failed: 900 }, 2)],
    ['members taken for dead that were not killed', act('scaling', {}, 1)],
    ['requests that failed twice', act('calm', { failed: 3 })],
    ['longest wait for a key, SIGKILL', act('SIGKILL', { longestReadMs: 501 })],
    ['longest wait for a key, SIGKILL', act('SIGKILL', { longestWriteMs: 501 })],
    ['the same, its address gone with it', act('SIGKILL and no address', { longestWriteMs: 501 }, 2)],
    ['longest time without a key, rolling restart', act('rolling restart', { longestOutageMs: 1 })],
  ])('is missed, and no loss: %s', (name, slow) => {
    expect(missed(act('calm'), slow)).toEqual([name])
    expect(isLoss([act('calm'), slow])).toBe(false)
  })

  it('is printed, with what went wrong', () => {
    const acts = [
      act('SIGKILL', {
        requests: 1234,
        retried: 20,
        failed: 3,
        longestReadMs: 12.3,
        longestWriteMs: Number.POSITIVE_INFINITY,
        problems: [older],
        errors: new Map([
          ['read ECONNRESET', 1],
          ['connect ECONNREFUSED', 19],
        ]),
      }),
    ]
    expect([actHead, ...acts.map(actLine), '', table(judge(acts))].join('\n')).toMatchInlineSnapshot(`
      "   seconds  requests  tried twice  failed twice  slowest read     write   without    failed  act
             1.0      1234           20             3         12 ms  for ever      0 ms         0  SIGKILL
          WRONG, older: key-1: 1 was read after 2
          19 x connect ECONNREFUSED
          1 x read ECONNRESET

      acknowledged writes lost                                 0          target 0  reached
      wrong values read                                        1          target 0  MISSED
      writes given up, and done late                           0          target 0  reached
      members taken for dead that were not killed              0          target 0  reached
      requests that failed twice                         0.243 %    target 0.100 %  MISSED
      longest wait for a key, SIGKILL                   for ever     target 500 ms  MISSED
      the same, its address gone with it                    0 ms     target 500 ms  reached
      longest time without a key, rolling restart           0 ms       target 0 ms  reached"
    `)
  })
})

describe('the options of the torture', () => {
  it('have defaults, and refuse what they cannot be', () => {
    expect(readOptions([])).toMatchObject({ keys: 100_000, rounds: 1 })
    expect(readOptions(['--keys', '5', '--pause', '0'])).toMatchObject({ keys: 5, pauseMs: 0 })
    expect(readOptions(['--help'])).toBeUndefined()
    expect(() => readOptions(['--keys', '0'])).toThrow('--keys: expected a whole number from 1 on, got 0')
    expect(() => readOptions(['--keys', 'many'])).toThrow('--keys')
    expect(() => readOptions(['--kees', '1'])).toThrow('--kees')
  })
})
