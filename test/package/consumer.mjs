// Plain JavaScript that uses the published packages as somebody's program would. Run by scripts/check-packages.mjs in
// a folder where they were installed with npm. Argument: the Node major it must run on.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from '@rollcall/membership'
import { diff, partitionCount, partitionOf, place, placementMembers } from '@rollcall/ring'
import { headlessService, staticSeeds } from '@rollcall/seed'
import { createProxy, startDnsServer } from '@rollcall/testkit'

const HOST = '127.0.0.1'

assert.equal(process.versions.node.split('.')[0], process.argv[2], 'runs on the wrong Node')
for (const name of ['@rollcall/seed', '@rollcall/membership', '@rollcall/ring', '@rollcall/testkit'])
  await importEverything(name)
await findSeeds()
await joinAndLeave()
await useProxy()
placeAsRecorded()
console.log(`everything works on Node ${process.versions.node}`)
// Anything left open would keep the process alive, and the caller waits only so long.

/** Imports each entry point that the package's manifest names and prints what it offers. */
async function importEverything(name) {
  const manifest = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'))
  for (const entry of Object.keys(manifest.exports)) {
    const specifier = name + entry.slice(1)
    const offered = Object.entries(await import(specifier))
    assert.notEqual(offered.length, 0, `${specifier} exports nothing`)
    for (const [key, value] of offered)
      assert.notEqual(value, undefined, `${specifier} exports ${key} as nothing`)
    console.log(`${specifier}: ${offered.map(([key]) => key).join(', ')}`)
  }
}

async function findSeeds() {
  const dns = await startDnsServer()
  dns.setService({ name: 'cache.prod.svc.cluster.local', pods: [{ addresses: ['127.0.0.2'] }] })
  const source = headlessService('cache.prod.svc.cluster.local.', { servers: [dns.server] })
  for await (const { seeds } of source.watch({ signal: AbortSignal.timeout(10_000), urgent: () => true })) {
    assert.deepEqual(
      seeds.map(({ address }) => address),
      ['127.0.0.2'],
    )
    break
  }
  await dns.close()
}

async function joinAndLeave() {
  const key = { id: 'a', secret: randomBytes(32) }
  const common = { host: HOST, port: 0, clusterId: 'consumer', security: { keys: [key] } }
  const first = await join({ ...common, name: 'first', seeds: staticSeeds([]) })
  const seeds = staticSeeds([...first.view.self.addresses])
  const second = await join({ ...common, name: 'second', seeds })
  const signal = AbortSignal.timeout(10_000)
  await Promise.all([first, second].map((cluster) => cluster.settled({ minMembers: 2, signal })))
  assert.equal(first.view.id, second.view.id)
  assert.deepEqual(second.diagnosis().security.accepted, [{ id: 'a', links: 1 }])
  placeKeys(first.view, second.view)
  await second.leave({ timeoutMs: 5000 })
  assert.equal(first.view.members.find(({ name }) => name === 'second')?.state, 'left')
  await first.leave({ timeoutMs: 5000 })
}

async function useProxy() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, HOST, resolve))
  const upstream = { host: HOST, port: server.address().port }
  const proxy = await createProxy({ listen: { host: HOST, port: 0 }, upstream })
  assert.equal(proxy.state, 'open')
  await proxy.close()
  await new Promise((resolve) => server.close(resolve))
}

/** Members with the same view place alike. */
function placeKeys(...views) {
  const [one, other] = views.map((view) => place(placementMembers(view)))
  assert.equal(one.id, other.id)
  assert.deepEqual(
    one.owners('user:1', 2).owners.map(({ name }) => name),
    other.owners('user:1', 2).owners.map(({ name }) => name),
  )
  assert.equal(diff(place([]), one, 1).moves.length, partitionCount)
}

/** The recorded placements hold on this Node too. */
function placeAsRecorded() {
  const { keys, placements } = JSON.parse(readFileSync('ring-vectors.json', 'utf8'))
  for (const { text, hex, partition } of keys)
    assert.equal(partitionOf(text ?? Buffer.from(hex, 'hex')), partition)
  for (const { about, members, maxLoad, id, sha256 } of placements) {
    const bound = maxLoad === undefined ? {} : { maxLoad: maxLoad ?? Number.POSITIVE_INFINITY }
    const placement = place(members, {
      weight: (member) => member.weight,
      zone: (member) => member.zone,
      ...bound,
    })
    const table = Array.from({ length: partitionCount }, (_, partition) =>
      placement.ownersOf(partition, 3).owners.map(({ name }) => name),
    )
    const actual = createHash('sha256').update(JSON.stringify(table)).digest('hex')
    assert.deepEqual([placement.id, actual], [id, sha256], about)
  }
}
