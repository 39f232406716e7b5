// Where a system has only one loopback address, a proxy cannot tell by the address who dials it. So each pod has
// proxies of its own towards every other, and its connections are led to them here: below the library, in Node's own
// socket, as iptables does for a sidecar. Without this a pod that is cut off could still dial.
import { Socket } from 'node:net'

/** From now on every connection of this process to a port in `routes` goes to the port it leads to. */
export function routeDials(routes: ReadonlyMap<number, number>): void {
  const connect = Socket.prototype.connect as (this: Socket, ...parameters: unknown[]) => Socket
  Socket.prototype.connect = function routed(this: Socket, ...parameters: unknown[]): Socket {
    // net.connect() hands over the options wrapped in a list.
    const first = Array.isArray(parameters[0]) ? parameters[0][0] : parameters[0]
    const leadsTo = routes.get(Number(first?.port))
    if (leadsTo !== undefined) first.port = leadsTo
    return connect.apply(this, parameters)
  } as Socket['connect']
}
