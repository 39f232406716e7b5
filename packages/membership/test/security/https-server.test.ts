import { createServer as createHttp, type Server as HttpServer } from 'node:http'
import { createServer as createHttps, request, type Server, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Cluster, JoinOptions, Security, TokenBearer } from '../../src/index.ts'
import { Clusters, recorder } from '../shell/clusters.ts'
import { until } from '../shell/sockets.ts'
import { Authority, type Pem } from './make-certificates.ts'

const clusters = new Clusters()
const servers: (Server | HttpServer)[] = []
afterEach(async () => {
  await clusters.leave()
  for (const server of servers.splice(0)) server.close()
})

const authority = new Authority('authority')
const peerName = '*.cache'

function serve(own: Pem, options: ServerOptions = {}): Server {
  const server = createHttps({ ...own, ...options }, (_, response) => response.end('the program\n'))
  servers.push(server)
  return server.listen(0, '127.0.0.1')
}

async function member(name: string, server: Server, security: Security): Promise<Cluster> {
  const cluster = await clusters.join({ name, server, advertise: '127.0.0.1', security })
  return cluster
}

const issue = (name: string) => authority.issue({ dns: [`${name}.cache`] })
const askForCertificates: ServerOptions = { requestCert: true, rejectUnauthorized: false, ca: authority.cert }

describe('members at servers of https', () => {
  it('show certificates at both ends, where the servers ask for them', async () => {
    const members: Cluster[] = []
    for (const name of ['a', 'b', 'c']) {
      const own = issue(name)
      const security = { certificates: { ...own, ca: authority.cert, peerName } }
      members.push(await member(name, serve(own, askForCertificates), security))
    }
    await clusters.agreed(members)
    expect(members.map((one) => one.diagnosis().security)).toMatchObject(
      members.map(() => ({ type: 'certificates', links: 2, files: [] })),
    )
  })

  it('let nobody in who shows none, or one that will not do, and say so', async () => {
    const own = issue('a')
    const certificates = { ca: authority.cert, peerName }
    const one = await member('a', serve(own, askForCertificates), {
      certificates: { ...own, ...certificates },
    })
    const shop = authority.issue({ dns: ['b.shop'] })
    const misnamed = await clusters.join({
      name: 'b',
      security: { certificates: { ...shop, ...certificates } },
    })
    const [address] = one.view.self.addresses
    const codes: (number | undefined)[] = []
    for (const shown of [{}, new Authority('other').issue({ dns: ['x.cache'] })]) {
      const ws = new WebSocket(`wss://${address}/rollcall`, { rejectUnauthorized: false, ...shown })
      ws.on('unexpected-response', (_, { statusCode }) => codes.push(statusCode))
      ws.on('error', () => {})
    }
    await until('both were refused', () => codes.length === 2)
    expect(codes).toEqual([403, 403])
    await until('it knows', () =>
      misnamed.diagnosis().text.includes('Does not accept the certificate of this member'),
    )
    const { counters } = one.diagnosis()
    expect([counters['no-certificate'], counters['untrusted-certificate']]).toEqual([1, 1])
    expect(counters['wrong-name']).toBeGreaterThan(0)
    expect(one.view.members).toHaveLength(1)
  })

  it('let nobody in by an authority that only the server trusts, whatever chain it shows', async () => {
    const [own, other] = [issue('a'), new Authority('other')]
    const ca = [authority.cert, other.cert]
    const server = serve(own, { requestCert: true, rejectUnauthorized: true, ca })
    const security = { certificates: { ...own, ca: authority.cert, peerName } }
    const { lines, logger } = recorder()
    const one = await clusters.join({ name: 'a', server, advertise: '127.0.0.1', security, logger })
    const [address] = one.view.self.addresses
    const answers: (number | undefined)[] = []
    const dial = ({ cert, key }: Pem, ...above: string[]) => {
      const shown = { cert: [cert, ...above].join(''), key }
      const ws = new WebSocket(`wss://${address}/rollcall`, { rejectUnauthorized: false, ...shown })
      ws.on('unexpected-response', (_, { statusCode }) => answers.push(statusCode))
      ws.on('open', () => {
        answers.push(101)
        ws.terminate()
      })
      ws.on('error', () => {})
    }
    const foreign = other.issue({ dns: ['b.cache'] })
    dial(foreign)
    dial(foreign, new Authority('authority').endorse(other))
    await until('both were answered', () => answers.length === 2)
    expect([answers, one.diagnosis().counters['untrusted-certificate']]).toEqual([[403, 403], 2])
    const why = 'refused: its certificate (b.cache) is of no authority that is trusted here'
    expect(lines).toContainEqual(expect.stringContaining(why))
    dial(foreign, authority.endorse(other))
    await until('the last was answered', () => answers.length === 3)
    expect(answers[2]).toBe(101)
  })

  it('let nobody in who comes without TLS, whatever leads there', async () => {
    const own = issue('a')
    const server = serve(own, askForCertificates)
    const one = await member('a', server, { certificates: { ...own, ca: authority.cert, peerName } })
    const detour = createHttp().on('upgrade', (...upgrade) => server.emit('upgrade', ...upgrade))
    servers.push(detour)
    await new Promise<void>((resolve) => detour.listen(0, '127.0.0.1', resolve))
    const ws = new WebSocket(`ws://127.0.0.1:${(detour.address() as AddressInfo).port}/rollcall`)
    let code: number | undefined
    ws.on('unexpected-response', (_, { statusCode }) => {
      code = statusCode
    })
    ws.on('error', () => {})
    await until('it was refused', () => code !== undefined)
    expect([code, one.diagnosis().counters['no-tls']]).toEqual([403, 1])
  })

  it('say what the server lacks when it asks for no certificates', async () => {
    const lines: string[] = []
    const write = (_: object, text: string) => void lines.push(text)
    const logger = { debug: write, info: write, warn: write, error: write }
    for (const name of ['a', 'b']) {
      const own = issue(name)
      const security = { certificates: { ...own, ca: authority.cert, peerName } }
      await clusters.join({ name, server: serve(own), advertise: '127.0.0.1', security, logger })
    }
    const wanted = 'it shows no certificate: the given server has to ask for one (requestCert: true)'
    await until('it is said', () => lines.some((line) => line.includes(wanted)))
  })

  it.each<[string, ServerOptions, Partial<JoinOptions>, string]>([
    [
      'with certificates at both ends',
      askForCertificates,
      { protocol: { helloTimeoutMs: 50 } },
      'refused-4006',
    ],
    ['with tokens', {}, { limits: { handshakeTimeoutMs: 200 } }, 'handshake-timeout'],
  ])('close a link whose peer says no hello in time, %s', async (_, options, times, counter) => {
    const own = issue('a')
    const withTokens = {
      certificates: { ca: authority.cert, peerName },
      token: { read: () => 'a', verify: () => true },
    }
    const withBoth = { certificates: { ...own, ca: authority.cert, peerName } }
    const security = options.requestCert === true ? withBoth : withTokens
    const server = serve(own, options)
    const one = await clusters.join({ name: 'a', server, advertise: '127.0.0.1', security, ...times })
    const [address] = one.view.self.addresses
    const silent = new WebSocket(`wss://${address}/rollcall`, { rejectUnauthorized: false, ...issue('b') })
    let closed: number | undefined
    silent.on('close', (code) => {
      closed = code
    })
    await until('it is closed', () => closed !== undefined)
    expect([closed, one.diagnosis().counters[counter]]).toEqual([4006, 1])
  })

  it('leave the other paths of the server to its program', async () => {
    const own = issue('a')
    const server = serve(own)
    await member('a', server, { certificates: { ...own, ca: authority.cert, peerName } })
    const address = server.address() as { port: number }
    const status = await new Promise((resolve, reject) => {
      const call = request(
        {
          host: '127.0.0.1',
          port: address.port,
          path: '/',
          ca: authority.cert,
          checkServerIdentity: () => undefined,
        },
        (response) => resolve(response.resume().statusCode),
      )
      call.on('error', reject).end()
    })
    expect(status).toBe(200)
  })

  it('prove themselves by tokens to servers that ask for no certificate', async () => {
    const seen: string[] = []
    const verify = (token: string, { name, remoteAddress }: TokenBearer) => {
      seen.push(`${name} ${remoteAddress}`)
      return token === `token-of-${name}`
    }
    const security = (name: string, token = `token-of-${name}`): Security => ({
      certificates: { ca: authority.cert, peerName },
      token: { read: () => token, verify },
    })
    const members = [
      await member('a', serve(issue('a')), security('a')),
      await member('b', serve(issue('b')), security('b')),
    ]
    await clusters.agreed(members)
    const forged = await member('c', serve(issue('c')), security('c', 'forged'))
    await until('it knows', () =>
      forged.diagnosis().text.includes('Does not accept this member as who it is'),
    )
    await clusters.agreed(members)
    expect(new Set(seen)).toContain('a 127.0.0.1')
  })
})
