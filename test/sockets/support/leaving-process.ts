// A member that leaves while all it waits for is silent: its name server, and a listed address. Arguments: the name
// server, the address. Prints what it met, then leaves, and has nothing else to do.
import { join } from '@rollcall/membership'
import { combine, headlessService, staticSeeds } from '@rollcall/seed'

const [server = '', address = ''] = process.argv.slice(2)
const dns = headlessService('cache.prod.svc.cluster.local.', { servers: [server] })
const cluster = await join({ host: '127.0.0.1', port: 0, seeds: combine(dns, staticSeeds([address])) })
const timer = setInterval(() => {
  const { unreached } = cluster.diagnosis()
  if (unreached.length === 0) return
  clearInterval(timer)
  console.log('dialing', unreached[0]?.address)
  cluster.leave()
}, 20)
