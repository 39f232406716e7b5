// An authoritative DNS server for tests and demos, over UDP and TCP on a loopback address. It answers as CoreDNS
// does for a headless Service, and misbehaves on request.
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import { shuffled } from '@rollcall/membership/internal'
import { RandomStream } from '../sim/random.ts'
import {
  type DnsAnswer,
  type DnsQuery,
  type DnsRecord,
  type DnsResponseCode,
  readQuery,
  writeAnswer,
} from './dns-message.ts'
import { type DnsService, DnsZones } from './dns-zone.ts'

/** Options of `startDnsServer`. */
export interface DnsServerOptions {
  /** Address to listen on. Default `'127.0.0.1'`. */
  readonly address?: string
  /** Port for both UDP and TCP. Default 0: a free one is taken. */
  readonly port?: number
  /** Zones this server is responsible for; other names are REFUSED. Default `['cluster.local']`. */
  readonly zones?: readonly string[]
  /** Time to live of every record, and of "no such name". Default 30, as in the stock CoreDNS manifest. */
  readonly ttlSeconds?: number
  /** Seed of the order in which addresses come. Default 1. */
  readonly seed?: number
  /** `false`: nothing listens on TCP, so connections are refused. Default `true`. */
  readonly tcp?: boolean
}

/** Faults, as plain data: none is on unless named. */
export interface DnsFaults {
  /** Only questions of these types are affected, such as `['AAAA']`. Default all. */
  readonly types?: readonly string[]
  /** Questions are read and never answered. */
  readonly silent?: boolean
  /** As `silent`, on TCP only: as if port 53 were blocked for TCP. */
  readonly silentTcp?: boolean
  /** Every answer is this code, without records. */
  readonly code?: DnsResponseCode
  /** Answers come this much later, in milliseconds. */
  readonly delayMs?: number
  /** At most so many records per answer, with the TC flag if any was left out; 0 is what dnsmasq does above 64 KiB. */
  readonly maxRecords?: number
}

/** One question the server got. */
export interface DnsQueryLogEntry {
  /** Lower case, without the final dot. */
  readonly name: string
  /** `A`, `AAAA`, `SRV`, ... or `TYPE15`. */
  readonly type: string
  readonly transport: 'udp' | 'tcp'
}

/** A running server. */
export interface DnsServer {
  readonly address: string
  readonly port: number
  /** `address:port` as `Resolver.setServers` and the `servers` option of `headlessService` take it. */
  readonly server: string
  /** Everything asked so far, oldest first (the last 100,000). */
  readonly queries: readonly DnsQueryLogEntry[]
  clearQueries(): void
  /** Sets the pods of a Service, in place of what it had. */
  setService(service: DnsService): void
  removeService(name: string): void
  /** Sets plain records of one name, duplicates and all; an empty list removes the name. */
  setRecords(name: string, records: readonly DnsRecordInput[]): void
  /** Replaces all faults; `{}` ends them. */
  setFaults(faults: DnsFaults): void
  /** Ends all connections and frees the port. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A record without its name, for `setRecords`. */
export type DnsRecordInput =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | {
      readonly type: 'SRV'
      readonly target: string
      readonly port: number
      readonly priority?: number
      readonly weight?: number
    }

/** UDP answers without EDNS0 have 512 bytes; Node sends no EDNS0. */
const maxUdpBytes = 512
const maxTcpBytes = 65_535
const maxLoggedQueries = 100_000

/** Starts the server; rejects if the address or port cannot be used. */
export async function startDnsServer(options: DnsServerOptions = {}): Promise<DnsServer> {
  const address = options.address ?? '127.0.0.1'
  const ttlSeconds = options.ttlSeconds ?? 30
  const random = new RandomStream(options.seed ?? 1).next
  const zones = new DnsZones({
    zones: options.zones ?? ['cluster.local'],
    negativeTtlSeconds: ttlSeconds,
    shuffle: (items) => shuffled(random, items),
  })
  const queries: DnsQueryLogEntry[] = []
  const delayed = new Set<NodeJS.Timeout>()
  const connections = new Set<Socket>()
  let faults: DnsFaults = {}

  /** Handles one message; `reply` is called once, later or never. */
  const handle = (message: Buffer, transport: 'udp' | 'tcp', reply: (answer: Buffer) => void) => {
    const query = readQuery(message)
    if (query === undefined) return
    if (queries.length >= maxLoggedQueries) queries.shift()
    queries.push({ name: query.name, type: query.type, transport })
    const active = faults.types === undefined || faults.types.includes(query.type) ? faults : {}
    if (active.silent || (active.silentTcp && transport === 'tcp')) return
    const maxBytes = transport === 'udp' ? maxUdpBytes : maxTcpBytes
    const send = () => reply(answerQuery(query, zones, active, { ttlSeconds, maxBytes }))
    if (active.delayMs === undefined) return send()
    const timer = setTimeout(() => {
      delayed.delete(timer)
      send()
    }, active.delayMs)
    delayed.add(timer)
  }

  const { udp, tcp } = await listen(address, options.port ?? 0, options.tcp ?? true)
  udp.on('message', (message, from) =>
    handle(message, 'udp', (answer) => udp.send(answer, from.port, from.address)),
  )
  udp.on('error', () => {}) // an answer that cannot be sent is a lost answer
  tcp?.on('connection', (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    socket.on('error', () => socket.destroy())
    readFrames(socket, (message) => handle(message, 'tcp', (answer) => writeFrame(socket, answer)))
  })

  const { port } = udp.address()
  const close = async () => {
    for (const timer of delayed) clearTimeout(timer)
    for (const socket of connections) socket.destroy()
    const closing = [once(udp, 'close'), ...(tcp ? [once(tcp, 'close')] : [])]
    udp.close()
    tcp?.close()
    await Promise.all(closing)
  }
  let closed: Promise<void> | undefined
  return {
    address,
    port,
    server: isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`,
    queries,
    clearQueries: () => void queries.splice(0),
    setService: (service) => zones.setService(service),
    removeService: (name) => zones.removeService(name),
    setRecords: (name, records) => zones.setRecords(name, records.map(completeRecord)),
    setFaults: (next) => {
      faults = next
    },
    close: () => (closed ??= close()),
    [Symbol.asyncDispose]: () => (closed ??= close()),
  }
}

function answerQuery(
  query: DnsQuery,
  zones: DnsZones,
  faults: DnsFaults,
  size: { ttlSeconds: number; maxBytes: number },
): Buffer {
  if (faults.code !== undefined) {
    return writeAnswer(query, { code: faults.code, answers: [], authority: [], additionals: [] }, size)
  }
  const whole = zones.answer(query.name, query.type)
  const limit = faults.maxRecords
  if (limit === undefined || whole.answers.length <= limit) return writeAnswer(query, whole, size)
  const part: DnsAnswer = { ...whole, answers: whole.answers.slice(0, limit), additionals: [] }
  return writeAnswer(query, part, { ...size, truncated: true })
}

function completeRecord(record: DnsRecordInput): DnsRecord {
  return record.type === 'SRV' ? { priority: 0, weight: 1, ...record, name: '' } : { ...record, name: '' }
}

/** Opens UDP and TCP on one port. With port 0 the UDP port may be taken for TCP: then another is tried. */
async function listen(
  address: string,
  port: number,
  withTcp: boolean,
): Promise<{ udp: UdpSocket; tcp?: Server }> {
  for (let attempt = 0; ; attempt += 1) {
    const udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    udp.bind(port, address)
    await once(udp, 'listening')
    if (!withTcp) return { udp }
    const tcp = createServer()
    try {
      tcp.listen(udp.address().port, address)
      await once(tcp, 'listening')
      return { udp, tcp }
    } catch (error) {
      udp.close()
      if (port !== 0 || attempt === 20) throw error
    }
  }
}

/** Calls `onMessage` for each length-prefixed message of a TCP connection. */
function readFrames(socket: Socket, onMessage: (message: Buffer) => void): void {
  let pending: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
      const end = 2 + pending.readUInt16BE(0)
      onMessage(pending.subarray(2, end))
      pending = pending.subarray(end)
    }
  })
}

function writeFrame(socket: Socket, message: Buffer): void {
  if (!socket.writable) return
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  socket.write(Buffer.concat([length, message]))
}
