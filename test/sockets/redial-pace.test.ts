import { decodeFrame } from '@rollcall/membership/internal'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { bytes, hello } from './support/frames.ts'
import { agreed, Members } from './support/members.ts'
import { until } from './support/until.ts'

const members = new Members()
const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean()
  await members.leave()
})

/** Far above the pace of redials (4 a second), far below that of a loop (hundreds). */
const MOST_IN_TWO_SECONDS = 30
const twoSeconds = () => new Promise((resolve) => setTimeout(resolve, 2000))

describe('redials keep their pace', () => {
  it('while a newer life of our name, which we cannot reach, is known to a peer that turns us away', async () => {
    const where = { host: '127.0.0.1', port: 0 }
    const one = await members.join({ ...where, name: 'one', seeds: async () => [] })
    const twice = await members.join({ ...where, name: 'twice', seeds: async () => one.view.self.addresses })
    await agreed([one, twice])
    const newer = new WebSocket(`ws://${one.view.self.addresses[0]}/rollcall`)
    cleanUp.push(() => newer.terminate())
    newer.on('open', () => newer.send(hello({}, { name: 'twice', address: '127.0.0.1:1' })))
    newer.on('message', (data: Buffer) => {
      const decoded = decodeFrame(new Uint8Array(data))
      if (decoded.type !== 'message' || decoded.message.type !== 'ping') return
      const { seq, hash } = decoded.message
      newer.send(bytes({ type: 'ack', seq, hash, updates: [] }))
    })
    await until('the older is turned away', () => one.diagnosis().counters['refused-4009'] ?? 0)
    const before = twice.diagnosis().counters.dials ?? 0
    await twoSeconds()
    expect((twice.diagnosis().counters.dials ?? 0) - before).toBeLessThan(MOST_IN_TWO_SECONDS)
  })

  it('to a peer that says hello and hangs up', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/rollcall' })
    await new Promise((resolve) => server.once('listening', resolve))
    cleanUp.push(() => server.close())
    const address = `127.0.0.1:${(server.address() as { port: number }).port}`
    const said = hello({}, { name: 'fickle', address })
    let dials = 0
    server.on('connection', (ws) => {
      dials += 1
      ws.on('error', () => {})
      ws.send(said, () => setTimeout(() => ws.terminate(), 20))
    })
    await members.join({ name: 'one', host: '127.0.0.1', port: 0, seeds: async () => [address] })
    await until('it is dialed', () => dials > 0)
    await twoSeconds()
    expect(dials).toBeLessThan(MOST_IN_TWO_SECONDS)
  })
})
