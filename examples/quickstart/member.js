// One member of a cluster on this machine: run it in two terminals and watch them see each other. Takes the first of
// four ports that is free; whoever starts looks for the others at all four.
import { join } from '@rollcall/membership'
import { staticSeeds } from '@rollcall/seed'

const ports = [7946, 7947, 7948, 7949]
const seeds = staticSeeds(ports.map((port) => `127.0.0.1:${port}`))

const cluster = await joinAtFirstFreePort()
const { name, addresses } = cluster.view.self
console.log(`I am ${name} at ${addresses[0]}, process ${process.pid}. Ctrl-C leaves.`)

for await (const change of cluster.changes()) {
  if (!('member' in change)) continue
  const present = change.view.members.filter(({ state }) => state === 'alive').length
  console.log(`${change.type}: ${change.member.name} (${present} alive)`)
}

async function joinAtFirstFreePort() {
  for (const port of ports) {
    try {
      return await join({ seeds, host: '127.0.0.1', port, signals: ['SIGINT', 'SIGTERM'] })
    } catch (error) {
      if (error.code !== 'ERR_ROLLCALL_PORT_IN_USE') throw error
    }
  }
  throw new Error(`The ports ${ports.join(', ')} are all in use.`)
}
