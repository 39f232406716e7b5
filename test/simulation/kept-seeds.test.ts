// Runs that once broke an invariant. Each stays, so that what it found stays found. They are stored as plans: what a
// seed draws changes when a fault is added to the drawing.
import { readdirSync, readFileSync } from 'node:fs'
import { type Plan, playPlan, realParts } from '@rollcall/testkit'
import { expect, it } from 'vitest'

const folder = new URL('kept/', import.meta.url)
const kept = readdirSync(folder).map((file) => {
  const { found, plan } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as KeptRun
  return { file, found, plan }
})

/** One file. */
interface KeptRun {
  readonly found: string
  readonly plan: Plan
}

it.each(kept)(
  '$file no longer finds $found',
  ({ plan }) => {
    const { failure, simulation } = playPlan(plan, realParts)
    expect(failure && `${failure.message}\n${simulation.transcript.text({ about: failure.about })}`).toBe(
      undefined,
    )
  },
  60_000,
)
