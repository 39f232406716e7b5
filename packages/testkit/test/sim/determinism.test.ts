import { describe, expect, it } from 'vitest'
import { runSeed } from '../../src/sim/mixed-run.ts'
import { realParts } from '../../src/sim/real-parts.ts'

describe('one seed', () => {
  it('gives the same run again, event for event, and another seed another', () => {
    const run = (seed: number) => {
      const inputs: string[] = []
      const trace = (at: number, who: string, what: object) => {
        inputs.push(`${at} ${who} ${'type' in what ? what.type : ''}`)
      }
      const { simulation } = runSeed(seed, 8, { ...realParts, trace })
      return { inputs, transcript: simulation.transcript.text({ most: Number.POSITIVE_INFINITY }) }
    }
    const first = run(11)
    expect(first.inputs.length).toBeGreaterThan(1000)
    expect(run(11)).toEqual(first)
    expect(run(12).transcript).not.toBe(first.transcript)
  })
})
