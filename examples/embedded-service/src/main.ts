// A store of keys and values in the memory of several pods, each key in two of them. Start, hand over, end.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from '@rollcall/membership'
import { createHttpServer } from './http.ts'
import { Keys } from './keys.ts'
import { drainMs, httpAddress, joinOptions } from './settings.ts'
import { Shards } from './shards.ts'
import { Store } from './store.ts'

const cluster = await join(joinOptions)
const store = new Store()
const shards = new Shards(cluster, store)
const server = createHttpServer(cluster, shards, new Keys(cluster, shards, store)).listen(httpAddress)
await once(server, 'listening')
console.log(`${cluster.view.self.name} listens`)

// After SIGTERM, with this pod marked as leaving for all: others take over what it has, while it serves as ever.
cluster.beforeGoodbye(async ({ signal }) => {
  await Promise.all([shards.handedOver(signal), sleep(drainMs)])
  await once(server.close(), 'close')
})

const { type } = await cluster.closed
console.log(type)
// Somebody has started another pod with this name. Two that take turns for ever help nobody.
if (type === 'superseded') process.exit(1)
