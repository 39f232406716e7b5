// What the proxy's tests share: an upstream that records and echoes, and clients that record what they meet.
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { expect, onTestFinished } from 'vitest'
import { createProxy, type FaultProxy, type ProxyOptions } from '../../src/index.ts'

/** A client's side of a connection: everything that happened to it so far. */
export interface Client {
  readonly socket: Socket
  text: string
  connected: boolean
  ended: boolean
  closed: boolean
  errorCode: string | undefined
}

/** Dials an address and records; does not wait for anything. */
export function dial(port: number, from?: string): Client {
  const socket = createConnection({
    host: '127.0.0.1',
    port,
    allowHalfOpen: true,
    ...(from && { localAddress: from }),
  })
  return record(socket)
}

/** Dials and resolves when connected; rejects as the connect fails. */
export async function dialed(port: number, from?: string): Promise<Client> {
  const client = dial(port, from)
  await once(client.socket, 'connect')
  return client
}

/** How one connect fares: `connected`, or the error's code. */
export async function connectResult(port: number): Promise<string> {
  const client = dial(port)
  await Promise.race([once(client.socket, 'connect'), once(client.socket, 'close')]).catch(() => undefined)
  client.socket.destroy()
  return client.errorCode ?? 'connected'
}

function record(socket: Socket): Client {
  const client: Client = {
    socket,
    text: '',
    connected: false,
    ended: false,
    closed: false,
    errorCode: undefined,
  }
  socket.on('connect', () => {
    client.connected = true
  })
  socket.on('data', (chunk) => {
    client.text += chunk
  })
  socket.on('end', () => {
    client.ended = true
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    client.errorCode = error.code
  })
  socket.on('close', () => {
    client.closed = true
  })
  onTestFinished(() => void socket.destroy())
  return client
}

/** An upstream in this process. */
export interface Upstream {
  readonly port: number
  /** Connections on which at least one byte came (the proxy's own look-outs send none). */
  readonly used: Client[]
  /** Breaks every connection and stops listening, as the end of its process would. */
  die(): Promise<void>
}

/** Starts an upstream that answers every chunk with the same chunk, unless `echo` is false. */
export async function startUpstream({ port = 0, echo = true } = {}): Promise<Upstream> {
  const sockets = new Set<Socket>()
  const used: Client[] = []
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    const client = record(socket)
    socket.once('data', () => used.push(client))
    socket.on('end', () => socket.end())
    if (echo) socket.on('data', (chunk) => socket.write(chunk))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const die = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.resetAndDestroy()
    await closed
  }
  onTestFinished(die)
  return { port: (server.address() as AddressInfo).port, used, die }
}

/** Starts a proxy before a port of 127.0.0.1 and closes it with the test. */
export async function startProxy(
  upstreamPort: number,
  options: Partial<ProxyOptions> = {},
): Promise<FaultProxy> {
  const proxy = await createProxy({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port: upstreamPort },
    ...options,
  })
  onTestFinished(() => proxy.close())
  return proxy
}

/** An upstream, a proxy before it, and a client for which one byte has already gone there and back. */
export async function startConnected() {
  const upstream = await startUpstream()
  const proxy = await startProxy(upstream.port)
  const client = await dialed(proxy.address.port)
  client.socket.write('1')
  await expect.poll(() => client.text).toBe('1')
  return { upstream, proxy, client }
}
