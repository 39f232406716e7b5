import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { WebSocketConnection } from '../../src/shell/websocket-connection.ts'
import { until } from './sockets.ts'

const cleanUp: (() => unknown)[] = []
afterEach(() => {
  for (const clean of cleanUp.splice(0).reverse()) clean()
})

/** A connection that was accepted, its socket, and what the other end has received. */
async function accepted(): Promise<{ connection: WebSocketConnection; socket: Socket; received: string[] }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => server.close())
  const opened = new Promise<{ connection: WebSocketConnection; socket: Socket }>((resolve) => {
    new WebSocketServer({ server }).on('connection', (ws, { socket }) =>
      resolve({ connection: new WebSocketConnection(ws, { socket, stream: socket }), socket }),
    )
  })
  const received: string[] = []
  const peer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  cleanUp.push(() => peer.terminate())
  peer.on('message', (data) => received.push(String(data)))
  return { ...(await opened), received }
}

it('writes what is sent in one go at its end, all at once', async () => {
  const { connection, socket, received } = await accepted()
  const write = vi.spyOn(socket, '_writev')
  const writeOne = vi.spyOn(socket, '_write')
  connection.send(Buffer.from('one'))
  connection.send(Buffer.from('two'))
  expect(write).not.toHaveBeenCalled()
  await until('both have come', () => received.length === 2)
  expect(received).toEqual(['one', 'two'])
  expect(write).toHaveBeenCalledTimes(1)
  expect(writeOne).not.toHaveBeenCalled()
})

it('still sends what went before a close in the same go', async () => {
  const { connection, received } = await accepted()
  const codes: (number | undefined)[] = []
  connection.start({ frame: () => {}, breach: () => {}, closed: (code) => codes.push(code) })
  connection.send(Buffer.from('last word'))
  connection.close(4000, 'left')
  await until('it is closed', () => codes.length > 0)
  expect(received).toEqual(['last word'])
  expect(codes).toEqual([4000])
})
