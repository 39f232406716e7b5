// What a pod has of each partition, as the placement changes around it.
import { partitionCount } from '@rollcall/ring'
import { describe, expect, it } from 'vitest'
import { Holdings } from '../src/placement/holdings.ts'

/** Holdings of a pod that owns these, with all of them here. */
function holding(...ours: number[]): Holdings {
  const holdings = new Holdings()
  follow(holdings, ...ours)
  for (const partition of ours) holdings.gain(partition, holdings.missingSince(partition))
  return holdings
}

function follow(holdings: Holdings, ...ours: number[]): void {
  holdings.follow((partition) => ours.includes(partition))
}

describe('holdings', () => {
  it('lack what is new until it has come', () => {
    const holdings = holding(1)
    follow(holdings, 1, 2)
    expect([holdings.serves(1), holdings.serves(2), holdings.missingCount]).toEqual([true, false, 1])
    expect([...holdings.missing()]).toEqual([2])
    holdings.gain(2, holdings.missingSince(2))
    expect([holdings.serves(2), holdings.missingCount]).toEqual([true, 0])
  })

  it('serve what others own now until they have it', () => {
    const holdings = holding(1)
    follow(holdings, 2)
    expect(holdings.serves(1)).toBe(true)
    follow(holdings, 2, 1)
    expect([holdings.serves(1), holdings.isMissing(1)]).toEqual([true, false])
    follow(holdings, 2)
    holdings.release()
    expect(holdings.serves(1)).toBe(false)
    follow(holdings, 2, 1)
    expect(holdings.isMissing(1)).toBe(true)
  })

  it('do not take a pull for enough that began before the partition was lost and gained anew', () => {
    const holdings = holding()
    follow(holdings, 1)
    const since = holdings.missingSince(1)
    follow(holdings)
    follow(holdings, 1)
    holdings.gain(1, since)
    expect(holdings.isMissing(1)).toBe(true)
  })

  it('take a pull for enough that went on while other partitions moved', () => {
    const holdings = holding()
    follow(holdings, 1)
    const since = holdings.missingSince(1)
    follow(holdings, 1, 2)
    holdings.gain(1, since)
    expect(holdings.serves(1)).toBe(true)
  })

  it('serve nothing in distrust, and take no pull for enough that began before', () => {
    const holdings = holding(1)
    follow(holdings, 2)
    const since = holdings.missingSince(2)
    follow(holdings, 1, 2)
    holdings.distrust()
    holdings.gain(2, since)
    expect([holdings.serves(1), holdings.serves(2), holdings.missingCount]).toEqual([false, false, 2])
  })

  it('cover all partitions', () => {
    const holdings = new Holdings()
    holdings.follow(() => true)
    expect(holdings.missingCount).toBe(partitionCount)
  })
})
