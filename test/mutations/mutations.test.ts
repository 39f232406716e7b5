// The protocol broken on purpose: the simulator must notice each time, and must not when nothing is broken.
import { readFileSync } from 'node:fs'
import { type Plan, realParts } from '@rollcall/testkit'
import { describe, expect, it } from 'vitest'
import { mutantParts, mutate } from './mutant.ts'
import { mutations } from './mutations.ts'
import { failureOf } from './play.ts'
import { planFile } from './stored-plan.ts'

describe.each(mutations)('$name', (mutation) => {
  const { plan } = JSON.parse(readFileSync(planFile(mutation), 'utf8')) as { plan: Plan }

  it('is caught', async () => {
    const failure = failureOf(mutation, plan, await mutantParts(mutation))
    expect(failure?.invariant).toMatch(/^(?!no-throw)/)
  })

  it('is what breaks the run', () => {
    expect(failureOf(mutation, plan, realParts)?.message).toBe(undefined)
  })
})

describe('a mutation', () => {
  const mutation = { name: 'any', file: 'any.ts', find: 'b', replace: '$& b' }

  it('changes one place, and nothing else', () => {
    expect(mutate('a b c', mutation)).toBe('a $& b c')
  })

  it.each(['a c', 'b b'])('must find its text exactly once, unlike in "%s"', (text) => {
    expect(() => mutate(text, mutation)).toThrow('write the mutation anew')
  })
})
