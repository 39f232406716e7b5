// One pod: a process that joins the cluster by the public API and reports what it sees to the demo that started it.
// It takes no orders about the cluster: whatever happens to it comes from outside, by signals and by the network.
import { type Change, join, type View } from '@rollcall/membership'
import { headlessService } from '@rollcall/seed'
import { nowMs } from './clock.ts'
import { routeDials } from './network/route-dials.ts'
import {
  type ChangeReport,
  type Order,
  type PodConfig,
  type Report,
  SECRET_VARIABLE,
  type SeenView,
} from './reports.ts'

const LINKS_EVERY_MS = 500

// Without the demo there is nobody to report to. Also how a pod notices that the demo was killed.
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches every process of the terminal's group; what becomes of the pods is for the demo to say.
process.on('SIGINT', () => {})

const config = JSON.parse(process.argv[2] ?? '{}') as PodConfig
if (config.routes !== undefined) {
  const routes = new Map(asEntries(config.routes))
  routeDials(routes)
  process.on('message', (order: Order) => {
    for (const [port, leadsTo] of asEntries(order.routes)) routes.set(port, leadsTo)
  })
}

report({ type: 'joining', atMs: nowMs() })
const cluster = await join({
  seeds: headlessService(config.service, {
    servers: [config.dnsServer],
    ...(config.peerPort === undefined ? {} : { port: config.peerPort }),
    ...(config.portName === undefined ? {} : { portName: config.portName }),
  }),
  name: config.name,
  host: config.host,
  port: config.port,
  advertise: config.advertise,
  security: { keys: [{ id: 'demo', secret: process.env[SECRET_VARIABLE] ?? '' }] },
  signals: true,
})
report({ type: 'joined', atMs: nowMs(), generation: cluster.view.self.generation })

setInterval(() => {
  const rttMs: Record<string, number> = {}
  for (const link of cluster.links()) if (link.rttMs !== undefined) rttMs[link.name] = link.rttMs
  report({ type: 'links', rttMs })
}, LINKS_EVERY_MS).unref()

for await (const change of cluster.changes()) report(toReport(change))

function toReport(change: Change): ChangeReport {
  return {
    type: 'change',
    atMs: nowMs(),
    change: change.type,
    ...('member' in change ? { about: change.member.name } : {}),
    ...('why' in change ? { why: change.why.type } : {}),
    ...(change.type === 'isolated' ? { isolated: change.isolated } : {}),
    view: toSeen(change.view),
  }
}

function toSeen(view: View): SeenView {
  return {
    id: view.id,
    members: view.members.map(({ name, generation, state, since, addresses }) => {
      return { name, generation, state, since, address: addresses[0] ?? '' }
    }),
  }
}

function report(message: Report): void {
  // The demo may end at any moment; `disconnect` then ends us too.
  if (process.connected) process.send?.(message, () => {})
}

function asEntries(routes: Readonly<Record<number, number>>): [number, number][] {
  return Object.entries(routes).map(([port, leadsTo]) => [Number(port), leadsTo])
}
