import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { flood } from './flood.ts'

// A small share of `npm run flood`, and no times: they are that command's.
it('connections that come to nothing keep no member out, although it comes from the same address', async () => {
  const security = { keys: [{ id: 'a', secret: randomBytes(32).toString('base64') }] }
  const { missing, accusations, counters, joinsMs } = await flood({
    ...{ members: 2, connections: 800, perSecond: 2000, left: 'tls', sources: 0, security },
  })
  expect({ missing, accusations }).toEqual({ missing: [], accusations: 0 })
  expect(joinsMs.length).toBeGreaterThan(0)
  expect(counters['busy-address']).toBeGreaterThan(0)
})
