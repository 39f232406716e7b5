// What may be found at an address that DNS lists wrongly: nobody, a host where nothing listens, and programs that are
// no members.
import { EventLoop } from './event-loop.ts'
import type { Listener } from './network.ts'
import type { Arrival } from './segment.ts'
import { PORT } from './sim-cluster.ts'
import type { Simulation } from './simulation.ts'
import type { Socket } from './socket.ts'

/** What a program that is no member does with a connection. */
type Manner = (socket: Socket, arrival: Arrival) => void

const hangs: Manner = () => {}
const hangsUp: Manner = (socket, arrival) => {
  if (arrival.type === 'upgrade-request') socket.destroy()
}

/** Puts strangers into the network, once, and gives the addresses of all, with one where nobody is. */
export function strangersOf({ network, clock }: Simulation): string[] {
  const nobody = '10.9.0.1'
  const manners = { '10.9.0.2': undefined, '10.9.0.3': hangs, '10.9.0.4': hangsUp }
  for (const [ip, manner] of Object.entries(manners)) {
    if (network.hosts.has(ip)) continue
    const host = network.addHost(ip)
    if (!manner) continue
    const listener: Listener = {
      loop: new EventLoop(clock),
      waiting: 0,
      accept(socket) {
        socket.reader = {
          handle(arrival) {
            if (arrival.type === 'accepted') listener.waiting--
            else manner(socket, arrival)
          },
        }
      },
    }
    host.listeners.set(PORT, listener)
  }
  return [nobody, ...Object.keys(manners)].map((ip) => `${ip}:${PORT}`)
}
