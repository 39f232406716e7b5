// TypeScript that uses the published packages as somebody's program would. Type-checked by scripts/check-packages.mjs
// in a folder where they were installed with npm, strictly and with the libraries' own declarations checked too.
import { createProxy, type FaultProxy, type ProxyOptions } from '@rollcall/testkit'

const options: ProxyOptions = {
  listen: { host: '127.0.0.1', port: 0 },
  upstream: { host: '127.0.0.1', port: 7946 },
}

/** Cuts the network in front of a process for a while. */
export async function cutForAWhile(untilRepaired: Promise<void>): Promise<number> {
  const proxy: FaultProxy = await createProxy(options)
  await proxy.cut({ connects: 'hang' })
  await untilRepaired
  await proxy.rejoin()
  const { bytesToClient } = proxy.counters
  await proxy.close()
  return bytesToClient
}
