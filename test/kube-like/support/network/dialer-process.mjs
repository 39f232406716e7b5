// The helper of a Dialer, inside the network namespace. Plain JavaScript: it starts in a tenth of the time.
import { connect } from 'node:net'

process.on('message', ({ id, host, port, timeoutMs }) => {
  const socket = connect({ host, port, noDelay: true })
  // What the peer sends is for whoever gets the socket.
  socket.pause()
  socket.setTimeout(timeoutMs, () => {
    socket.destroy(
      Object.assign(new Error(`no connection to ${host}:${port} in ${timeoutMs} ms`), { code: 'ETIMEDOUT' }),
    )
  })
  socket.once('error', ({ code, message }) => process.send({ id, error: { code, message } }))
  socket.once('connect', () => {
    socket.setTimeout(0)
    process.send({ id }, socket)
  })
})
process.once('disconnect', () => process.exit())
process.send({ id: 0 })
