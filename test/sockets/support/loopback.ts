// What the loopback interface of this machine can do, and ports on it.
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'

const loopback = Object.values(networkInterfaces()).flatMap((list) => list ?? [])

/** Whether ::1 is there. */
export const hasIpv6: boolean = loopback.some(({ address }) => address === '::1')

/** Whether every 127.x.y.z is ours, as on Linux: then each member can have an address of its own. */
export const hasManyAddresses: boolean = process.platform === 'linux'

if (!hasIpv6) console.warn('skipped: tests over IPv6 need the address ::1')
if (!hasManyAddresses) console.warn('skipped: tests with several loopback addresses need Linux')

/** A port that is free on an address, now. */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, address, resolve)
  })
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
