// Ports that are free: those that everybody knows, or the next ones.
import { createServer } from 'node:net'

const MAX_PORT = 65_535

/** The first so many free ports from one on. */
export async function findPorts(host: string, first: number, count: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = first; ports.length < count; port++) {
    if (port > MAX_PORT) throw new Error(`no ${count} free ports from ${first} on`)
    if (await isFree(host, port)) ports.push(port)
  }
  return ports
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
