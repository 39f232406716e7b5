// A pod of the cache: start, hand over, end. Every pod is equal.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, join, RollcallError } from '@rollcall/membership'
import { ByteBudget } from './byte-budget.ts'
import type { Cache } from './cache.ts'
import { CacheError } from './errors.ts'
import { HttpServer } from './http/server.ts'
import { createCache } from './index.ts'
import { readinessLog } from './readiness-log.ts'
import { Refusals } from './refusals.ts'
import { MAX_HELD_BYTES } from './resp/limits.ts'
import { RespServer } from './resp/server.ts'
import { namingVariable, SettingError, type Settings, settingsFrom } from './settings.ts'
import { watchLog } from './watch-log.ts'

/** How long clients may take to get their last replies when this pod goes. */
const CLOSE_MS = 2000

async function main(): Promise<void> {
  const settings = settingsFrom(process.env)
  const cluster = await join(settings.join).catch((error) => {
    throw namingVariable(error, process.env)
  })
  const say = (text: string) => console.log(`${cluster.view.self.name} ${text}`)
  try {
    const cache = createCache({ cluster, ...settings.cache })
    watchLog(cluster, cache, say)
    await serve(cluster, cache, settings, say)
    void readinessLog(cluster, cache, say)
  } catch (error) {
    // Else the others would take it for one that has crashed, and would do so again at each attempt.
    await cluster.leave()
    throw error
  }

  const { type } = await cluster.closed
  say(type === 'left' ? 'has left' : `was ${type}`)
  // Somebody has started another pod with this name. Two that take turns for ever help nobody.
  if (type === 'superseded') process.exit(1)
}

async function serve(
  cluster: Cluster,
  cache: Cache,
  { host, respPort, httpPort, drainMs }: Settings,
  say: (text: string) => void,
): Promise<void> {
  const budget = new ByteBudget(MAX_HELD_BYTES)
  const refusals = new Refusals()
  const resp = new RespServer({ cache, budget, refusals, about: () => about(cluster) })
  const http = new HttpServer({ cache, budget, refusals, isLeaving: () => cluster.view.self.leaving })
  const respAt = await listen('RESP_PORT', resp, host, respPort)
  const httpAt = await listen('HTTP_PORT', http, host, httpPort)
  say(`listens: Redis protocol on port ${respAt}, HTTP on port ${httpAt}`)
  // After SIGTERM, with this pod marked as leaving for all. The cache has a hook of its own, which hands over what is here.
  cluster.beforeGoodbye(async () => {
    say('leaves')
    await sleep(drainMs)
    await Promise.all([resp.close(CLOSE_MS), http.close(CLOSE_MS)])
  })
}

interface Listener {
  listen(address: { readonly host?: string; readonly port: number }): Promise<number>
}

async function listen(
  name: string,
  server: Listener,
  host: string | undefined,
  port: number,
): Promise<number> {
  try {
    return await server.listen({ ...(host && { host }), port })
  } catch (error) {
    throw new SettingError(name, `expected a port that is free, got ${port} (${(error as Error).message})`)
  }
}

/** What INFO says of the cluster. */
function about({ view, quorum }: Cluster): Record<string, string | number> {
  const alive = view.members.filter(({ state }) => state === 'alive')
  return { pod: view.self.name, pods_alive: alive.length, quorum: quorum.state }
}

try {
  await main()
} catch (error) {
  // The message of an error of ours says it all; of others one wants to see where they come from.
  const isOurs = [SettingError, RollcallError, CacheError].some((one) => error instanceof one)
  console.error(isOurs ? (error as Error).message : error)
  process.exit(1)
}
