// Two members, and a topic between them; with keys or without.
import { join, topic } from '@rollcall/membership'

const echo = topic('bench.echo')

export function members(security = {}) {
  const here = { host: '127.0.0.1', port: 0, ...security }
  return {
    async serve() {
      const cluster = await join({ name: 'server', ...here, seeds: async () => [] })
      cluster.serve(echo, (body) => body)
      return cluster.view.self.addresses[0]
    },
    async connect(address) {
      const cluster = await join({ name: 'client', ...here, seeds: async () => [address] })
      await cluster.settled({ minMembers: 2, stableMs: 200 })
      return (body) => cluster.request('server', echo, body)
    },
  }
}
