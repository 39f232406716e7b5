import { realParts } from '@rollcall/testkit'
import { describe, expect, it } from 'vitest'
import { reuseAddresses } from './address-reuse.ts'

// A small share of `npm run reuse`.
describe('whoever has got the address of a member of another cluster', () => {
  it('is not admitted there, and found by its own', () => {
    const { reuses, admitted, refused, missing } = reuseAddresses(160, 1)
    expect({ reuses, admitted, missing }).toEqual({ reuses: 160, admitted: [], missing: [] })
    expect(refused).toBeGreaterThan(0)
  })

  it('would be noticed', () => {
    const createCore: typeof realParts.createCore = (options, now) =>
      realParts.createCore({ ...options, clusterId: 'one-for-all' }, now)
    expect(reuseAddresses(8, 1, createCore).admitted.length).toBeGreaterThan(0)
  })
})
