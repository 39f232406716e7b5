// A program for handles.test.ts: closes a proxy in the middle of faults and has nothing else to do.
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { createProxy } from '../../src/proxy/create-proxy.ts'

const host = '127.0.0.1'
const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, host)
await once(server, 'listening')
const upstream = { host, port: (server.address() as AddressInfo).port }
const proxy = await createProxy({ listen: { host, port: 0 }, upstream })
const client = createConnection(proxy.address)
client.on('error', () => undefined).resume()
await once(client, 'connect')
proxy.delay(60_000)
client.write('x')
await proxy.cut()
await proxy.close()
server.close()
console.log('closed')
