// Plain JavaScript that uses the published packages as somebody's program would. Run by scripts/check-packages.mjs in
// a folder where they were installed with npm. Argument: the Node major it must run on.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'

const names = ['@rollcall/seed', '@rollcall/membership', '@rollcall/testkit']

assert.equal(process.versions.node.split('.')[0], process.argv[2], 'runs on the wrong Node')
for (const name of names) await importEverything(name)
await useProxy(await import('@rollcall/testkit'))
console.log(`everything works on Node ${process.versions.node}`)

/** Imports each entry point that the package's manifest names and prints what it offers. */
async function importEverything(name) {
  const manifest = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'))
  for (const entry of Object.keys(manifest.exports)) {
    const specifier = name + entry.slice(1)
    const offered = Object.entries(await import(specifier))
    for (const [key, value] of offered)
      assert.notEqual(value, undefined, `${specifier} exports ${key} as nothing`)
    console.log(`${specifier}: ${offered.map(([key]) => key).join(', ')}`)
  }
}

async function useProxy({ createProxy }) {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const upstream = { host: '127.0.0.1', port: server.address().port }
  const proxy = await createProxy({ listen: { host: '127.0.0.1', port: 0 }, upstream })
  assert.equal(proxy.state, 'open')
  await proxy.close()
  await new Promise((resolve) => server.close(resolve))
}
