// The world of one life of a member, in place of Node: the simulated network, the virtual clock, and randomness from the
// seed. What runs on it is the member of production.
import type { Dialer, ListenerHandlers, Listening, Platform } from '@rollcall/membership/internal'
import type { EventLoop, LoopTimer } from '../sim/event-loop.ts'
import type { Host, Listener, Network } from '../sim/network.ts'
import type { RandomStream } from '../sim/random.ts'
import { SimWebSocket } from '../sim/sim-web-socket.ts'
import { ownerOf } from './sim-connection.ts'

/** The wall clock at virtual time 0: 9 October 2025. */
const EPOCH_MS = 1_760_000_000_000
/** Node's shortest timer. */
const SHORTEST_TIMER_MS = 1

/** A platform for one process on a host. */
export function simPlatform(network: Network, host: Host, loop: EventLoop, random: RandomStream): Platform {
  // Processes start at different times, so that no two monotonic clocks show the same.
  const startedAt = random.below(1_000_000)
  return {
    environment: {},
    now: () => loop.now + startedAt,
    toEpochMs: (time) => Math.round(EPOCH_MS + time - startedAt),
    wallNow: () => Math.floor(EPOCH_MS + loop.now),
    setTimer: (run, delayMs) => loop.setTimer(loop.now + Math.max(delayMs, SHORTEST_TIMER_MS), run),
    clearTimer: (timer) => loop.clearTimer(timer as LoopTimer | undefined),
    afterDrain: (_activity, done) => loop.whenDrained(done),
    later: (run) => void network.clock.after(0, () => loop.readable({ read: run })),
    random: random.stream('member').next,
    newInstance: () => instanceFrom(random.stream('instance')),
    readTextFile: async (path) => {
      throw Object.assign(new Error(`no files here: ${path}`), { code: 'ENOENT' })
    },
    listen: async ({ port }, handlers) => listen(host, loop, port, handlers),
    createDialer: () => dialer(network, host, loop),
  }
}

function instanceFrom(random: RandomStream): string {
  const half = () =>
    random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return half() + half()
}

function listen(host: Host, loop: EventLoop, port: number, handlers: ListenerHandlers): Listening {
  const listener: Listener = {
    loop,
    waiting: 0,
    accept: (socket) => {
      const owner = ownerOf({
        connected: () => {
          listener.waiting--
          handlers.connection()
        },
        opened: (connection) => handlers.opened(connection, () => {}),
        failed: () => {},
      })
      new SimWebSocket(owner, socket)
    },
  }
  host.listeners.set(port, listener)
  return { bound: { host: host.ip, port }, close: () => void host.listeners.delete(port) }
}

function dialer(network: Network, host: Host, loop: EventLoop): Dialer {
  let dials = 0
  return (address, connectTimeoutMs, handlers) => {
    const ws = new SimWebSocket(ownerOf(handlers), network.connect(host, loop, address), ++dials)
    ws.giveUpAt(loop.now + connectTimeoutMs)
    return { abandon: () => ws.state !== 'open' && ws.close(0) }
  }
}
