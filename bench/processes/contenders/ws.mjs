// The bare ground: one WebSocket, one message a frame, answers in the order of the questions.
import { once } from 'node:events'
import { WebSocket, WebSocketServer } from 'ws'

const options = { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 }

/** Answers every message with its own bytes; resolves with where. */
export async function serve() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options })
  await once(server, 'listening')
  server.on('connection', (ws, { socket }) => {
    socket.setNoDelay(true)
    ws.on('message', (data) => ws.send(data))
  })
  return `127.0.0.1:${server.address().port}`
}

/** Resolves with a function that asks, and resolves with the answer. */
export async function connect(address) {
  const ws = new WebSocket(`ws://${address}`, options)
  const waiting = []
  ws.on('message', (data) => waiting.shift()(data))
  await once(ws, 'open')
  return (bytes) =>
    new Promise((resolve) => {
      waiting.push(resolve)
      ws.send(bytes)
    })
}
