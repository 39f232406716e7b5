// Small helpers for tests with real sockets on loopback.
import { createServer, type Server, type Socket } from 'node:net'

/** Resolves once the condition holds; rejects, saying what was awaited, when it has not within the deadline. */
export async function until(what: string, condition: () => unknown, deadlineMs = 30_000): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A bare TCP server on 127.0.0.1 that does with each connection what it is told. */
export async function tcpServer(onSocket: (socket: Socket) => void): Promise<{
  readonly port: number
  readonly sockets: Set<Socket>
  close(): void
}> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.resume()
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
  return { port: (server.address() as { port: number }).port, sockets, close }
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = await tcpServer(() => {})
  server.close()
  return server.port
}
