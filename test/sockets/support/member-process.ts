// A member in a process of its own, for tests that kill, freeze and restart it. Its one argument is a `Config` as JSON;
// what it prints is read by member-child.ts.
import { type Cluster, join } from '@rollcall/membership'
import type { Config } from './member-child.ts'

const { clockShiftMs = 0, seeds, ...options }: Config = JSON.parse(process.argv[2] ?? '{}')
const realNow = Date.now
Date.now = () => realNow() + clockShiftMs

const say = (what: string, data: unknown) => console.log(`${what} ${JSON.stringify(data)}`)
const states = ({ view }: Pick<Cluster, 'view'>) =>
  Object.fromEntries(
    view.members.map(({ name, state, generation, incarnation }) => [
      name,
      { state, generation, incarnation },
    ]),
  )

const cluster = await join({ port: 0, ...options, seeds: async () => seeds })
cluster.on('view-changed', ({ view }) => say('view', states({ view })))
cluster.on('member-failed', ({ member, why }) => say('failed', [member.name, why]))
cluster.closed.then(({ type }) => say('closed', type))
say('view', states(cluster))
const { addresses, generation, instance } = cluster.view.self
say('joined', { address: addresses[0], generation, instance })
