// Which ports are free.
import { createServer } from 'node:net'

// Below the range from which systems take ports for outgoing connections, so that none of those gets in the way.
const FIRST_PORT = 20_000
const PORTS = 10_000
const ATTEMPTS = 100

/** Whether a port of an address can be listened on now. */
export function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** A port that was free a moment ago. */
export async function freePort(host: string): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS)
    if (await canListen(host, port)) return port
  }
  throw new Error(`no free port found on ${host} in ${ATTEMPTS} attempts`)
}
