import { connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { awaitRecord } from '../../src/shell/first-record.ts'
import { until } from './sockets.ts'

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const clean of cleanUp.splice(0).reverse()) clean()
})

/** Two ends of a connection; what has come at the other end, once it was let through. */
async function pair() {
  const state: { came?: string; server?: Socket } = {}
  const server = createServer((socket) => {
    state.server = socket
    cleanUp.push(() => socket.destroy())
    awaitRecord(socket, () => {
      state.came = ''
      socket.on('data', (data) => {
        state.came += data.toString('latin1')
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = connect((server.address() as { port: number }).port, '127.0.0.1')
  client.on('error', () => {})
  cleanUp.push(() => {
    client.destroy()
    server.close()
  })
  await until('it is accepted', () => state.server !== undefined)
  return { state, client }
}

/** Writes, and waits until it has been read. */
async function say({ state, client }: Awaited<ReturnType<typeof pair>>, text: string) {
  const before = state.server?.bytesRead ?? 0
  client.write(text, 'latin1')
  await until('it is read', () => (state.server?.bytesRead ?? 0) >= before + text.length)
}

describe('a connection that is to speak TLS', () => {
  it('is let through with its first whole record, and with all that came', async () => {
    const both = await pair()
    for (const part of ['\x16', '\x03\x01\x00', '\x05abc', 'd']) {
      await say(both, part)
      expect(both.state.came).toBeUndefined()
    }
    await say(both, 'efg')
    await until('all has come', () => both.state.came === '\x16\x03\x01\x00\x05abcdefg')
  })

  it.each([
    ['what is no TLS', 'GET / HTTP/1.1\r\n'],
    ['a record that is longer than there are', '\x16\x03\x01\x40\x01'],
  ])('is let through with %s, for TLS to refuse it', async (_, text) => {
    const both = await pair()
    await say(both, text)
    await until('all has come', () => both.state.came === text)
  })

  it('may end before that', async () => {
    const both = await pair()
    await say(both, '\x16\x03')
    both.client.resetAndDestroy()
    await until('it is gone', () => both.state.server?.destroyed === true)
    expect(both.state.came).toBeUndefined()
  })
})
