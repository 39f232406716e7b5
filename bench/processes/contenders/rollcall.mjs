// Two members, and a topic between them.
import { join, topic } from '@rollcall/membership'

const echo = topic('bench.echo')

export async function serve() {
  const cluster = await join({ name: 'server', host: '127.0.0.1', port: 0, seeds: async () => [] })
  cluster.serve(echo, (body) => body)
  return cluster.view.self.addresses[0]
}

export async function connect(address) {
  const cluster = await join({ name: 'client', host: '127.0.0.1', port: 0, seeds: async () => [address] })
  await cluster.settled({ minMembers: 2, stableMs: 200 })
  return (body) => cluster.request('server', echo, body)
}
