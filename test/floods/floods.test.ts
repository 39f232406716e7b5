import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { flood } from './flood.ts'

// A small share of `npm run flood`, and no times: they are that command's.
const share = { members: 2, connections: 800, perSecond: 2000 }
const security = { keys: [{ id: 'a', secret: randomBytes(32).toString('base64') }] }

describe('connections that come to nothing', () => {
  it('from many addresses keep no member out', async () => {
    const { missing, accusations, counters, joinsMs } = await flood({ ...share, left: 'tcp', sources: 50 })
    expect({ missing, accusations }).toEqual({ missing: [], accusations: 0 })
    expect(joinsMs.length).toBeGreaterThan(0)
    expect(counters.busy).toBeGreaterThan(0)
  })

  it('from one address keep no member out that comes from the same', async () => {
    const { missing, accusations, counters, joinsMs } = await flood({
      ...{ ...share, left: 'tls', sources: 0, security },
    })
    expect({ missing, accusations }).toEqual({ missing: [], accusations: 0 })
    expect(joinsMs.length).toBeGreaterThan(0)
    expect(counters['busy-address']).toBeGreaterThan(0)
  })
})
