// A member that writes to the store what it counts, again and again. Each write takes a moment to prepare, and once
// prepared it is sent, whatever has happened to this process in between: that is what the fence is for. Arguments: the
// URL of the store, this life's word for itself, and where the other life is, if there is one.
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from '@rollcall/membership'

const [storeUrl, life, other] = process.argv.slice(2)
const seeds = async () => (other ? [other] : [])
const cluster = await join({ name: 'writer', host: '127.0.0.1', port: 0, seeds })
console.log(`${life} at ${cluster.view.self.addresses[0]}`)
let closed
cluster.closed.then((reason) => {
  closed = reason.type
})

for (let count = 1; closed === undefined; count++) {
  // Asked for at each write: it is raised when a higher one of this name turns out to be remembered.
  const { name, generation } = cluster.view.self
  console.log(`${life}-${count} in preparation`)
  await sleep(500)
  const headers = { generation: String(generation) }
  const { status } = await put(`${storeUrl}/${name}`, { headers, body: `${life}-${count}` })
  console.log(`${life}-${count} ${status === 204 ? 'accepted' : 'refused'}`)
  if (status === 412) break
}
console.log(`${life} ends: ${closed ?? 'fenced off'}`)
await cluster.leave()

/** Writes, and writes again when the connection breaks, as that of a frozen process does. */
async function put(url, request) {
  for (;;) {
    try {
      return await fetch(url, { method: 'PUT', ...request })
    } catch (error) {
      console.log(`again, since ${error.cause?.message ?? error.message}`)
      await sleep(100)
    }
  }
}
