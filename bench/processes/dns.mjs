// The embedded DNS server in a process of its own, so that it can stand in a network namespace: started with the
// address to listen on, told over IPC which addresses the Service has.
import { startDnsServer } from '@rollcall/testkit'

const [service, address] = process.argv.slice(2)
const server = await startDnsServer({ address })

process.on('message', ({ id, addresses }) => {
  server.setService({ name: service, pods: addresses.map((one) => ({ addresses: [one] })) })
  process.send({ id, type: 'answer', answer: {} })
})
process.on('disconnect', () => process.exit())
process.send({ type: 'ready', server: server.server })
