import { describe, expect, it } from 'vitest'
import { type Desired, nextSteps, type SeenPod } from './support/stateful-set/next-steps.ts'

const parallel: Desired = { replicas: 3, revision: 1, isParallel: true }
const ordered: Desired = { ...parallel, isParallel: false }

/** Pods from ordinal 0 on: `r` ready, `n` not ready, `t` terminating, `-` absent; a capital letter is of an older revision. */
function pods(text: string): SeenPod[] {
  return [...text].flatMap((letter, ordinal) =>
    letter === '-'
      ? []
      : {
          ordinal,
          revision: letter === letter.toLowerCase() ? 1 : 0,
          isReady: letter.toLowerCase() === 'r',
          isTerminating: letter.toLowerCase() === 't',
        },
  )
}

/** `+0 -3` for a creation and a deletion. */
function steps(desired: Desired, text: string): string {
  return nextSteps(desired, pods(text))
    .map(({ type, ordinal }) => `${type === 'create' ? '+' : '-'}${ordinal}`)
    .join(' ')
}

describe('the controller of a StatefulSet', () => {
  it.each([
    ['', '+0 +1 +2', '+0'],
    ['n', '+1 +2', ''],
    ['r', '+1 +2', '+1'],
    ['rt', '+2', ''],
    ['r-r', '+1', '+1'],
    ['rrr', '', ''],
    ['rrrrr', '-4 -3', '-4'],
    ['rrrrt', '-3', ''],
    ['rrrr', '-3', '-3'],
    ['nrrr', '-3', ''],
    ['-rrr', '+0 -3', '+0'],
  ])('with pods %s does %s if parallel, %s if in order', (seen, ifParallel, ifOrdered) => {
    expect(steps(parallel, seen)).toBe(ifParallel)
    expect(steps(ordered, seen)).toBe(ifOrdered)
  })

  it.each([
    ['RRR', '-2'],
    ['RRT', ''],
    ['RR-', '+2'],
    ['RRn', ''],
    ['RRr', '-1'],
    ['RNr', '-1'],
    ['Rrr', '-0'],
    ['trr', ''],
    ['rrr', ''],
  ])('replaces pods of an older revision from the highest down: %s, %s', (seen, expected) => {
    expect(steps(parallel, seen)).toBe(expected)
  })
})
