import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { type JoinOptions, join } from '../../src/index.ts'
import { ownAddresses, requireSecurity } from '../../src/shell/own-addresses.ts'
import { checkOptions } from '../../src/shell/settings.ts'
import { Clusters } from './clusters.ts'
import { tcpServer } from './sockets.ts'

const clusters = new Clusters()
afterEach(() => clusters.leave())

const seeds = async () => []
const check = (options: object, environment = {}) =>
  checkOptions({ seeds, ...options } as JoinOptions<never>, environment)

describe('options of join', () => {
  it.each([
    ['seeds', {}],
    ['seeds', 'cache'],
    ['security', 'tls'],
    ['name', ''],
    ['name', 'two words'],
    ['name', 'x'.repeat(254)],
    ['name', 7],
    ['clusterId', 'a\nb'],
    ['alsoClusterIds', 'next'],
    ['alsoClusterIds', Array.from({ length: 9 }, (_, i) => `id-${i}`)],
    ['host', ''],
    ['host', 5],
    ['host', '[::1]'],
    ['host', '127.1'],
    ['host', '127.0.0.1:80'],
    ['host', 'no such host'],
    ['host', '0x7f000001'],
    ['host', '-a.example'],
    ['port', -1],
    ['port', 65536],
    ['port', 1.5],
    ['port', '7946'],
    ['advertise', []],
    ['advertise', 'example.org'],
    ['advertise', ['10.0.0.1', '0.0.0.0']],
    ['advertise', '10.0.0.1:0'],
    ['server', {}],
    ['path', 'rollcall'],
    ['path', '/a?b'],
    ['parseMetadata', {}],
    ['signals', ['SIGKILL']],
    ['signals', 'SIGTERM'],
    ['logger', {}],
    ['logger', null],
    ['limits', 5],
    ['limits.pendingHandshakes', { pendingHandshakes: Number.POSITIVE_INFINITY }],
    ['limits.pendingHandshakesPerAddress', { pendingHandshakesPerAddress: 0 }],
    ['limits.handshakeTimeoutMs', { handshakeTimeoutMs: '5000' }],
    ['limits.members', { members: 4097 }],
    ['limits.metadataBytes', { metadataBytes: 65_537 }],
    ['limits.updatesPerSecond', { updatesPerSecond: 10 }],
    ['limits.memebrs', { memebrs: 10 }],
    ['protocol', 5],
    ['protocol', null],
    ['protocol.probeIntervalMs', { probeIntervalMs: -1 }],
    ['protocol.probeIntervalMs', { probeIntervalMs: '250' }],
    ['protocol.maxDials', { maxDials: 0 }],
    ['protocol.redialGraceMs', { redialGraceMs: Number.NaN }],
    ['protocol.minProbeTimeoutMs', { minProbeTimeoutMs: 2000 }],
    ['protocol.maxProbeTimeoutMs', { maxProbeTimeoutMs: 10 }],
    ['protocol.failAfterMs', { failAfterMs: 9000 }],
    ['protocol.minRedialMs', { minRedialMs: 20, maxRedialMs: 10 }],
  ])('refuse a wrong %s: %j', (option, value) => {
    const [group = '', nested] = option.split('.')
    const given = nested === undefined ? { [option]: value } : { [group]: value }
    let error: unknown
    try {
      check(given)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'ERR_ROLLCALL_INVALID_OPTION', option, expected: expect.any(String) })
    expect((error as Error).message).toMatch(/^option \S+: expected .+, got .+/)
  })

  it('take IP addresses and host names to listen on', () => {
    const hosts = [
      '127.0.0.1',
      '::1',
      'fe80::1%eth0',
      '::ffff:127.0.0.1',
      'localhost',
      'a_b.example.',
      'pod-1.x',
    ]
    for (const host of hosts) expect(check({ host }).host).toBe(host)
  })

  it('name the entry of a list that is wrong', () => {
    expect(() => check({ signals: ['SIGTERM', 'SIGKILL'] })).toThrow(/got "SIGKILL"/)
    expect(() => check({ advertise: ['10.0.0.1', 'x y'] })).toThrow(/got "x y"/)
  })

  it('refuse unknown names, with the one that may be meant', () => {
    expect(() => check({ metaData: 1 })).toThrow(/metaData.*such as metadata/)
    expect(() => check({ sercurity: 'none' })).toThrow(/such as security/)
    expect(() => check({ completelyDifferent: 1 })).toThrow(/one of seeds, security, name/)
    expect(() => check({ protocol: { probeInterval: 1 } })).toThrow(/such as protocol.probeIntervalMs/)
  })

  it('refuse a host or port beside a server', () => {
    const server = createHttp()
    expect(() => check({ server, port: 80 })).toThrow(/option port: expected nothing/)
    expect(() => check({ server, host: '::1' })).toThrow(/option host: expected nothing/)
  })

  const certificates = { cert: '/tls/tls.crt', key: '/tls/tls.key', ca: '/tls/ca.crt', peerName: '*.cache' }
  const token = { read: '/token', verify: () => true }
  it.each<[string, object, RegExp]>([
    [
      'keys beside certificates',
      { security: { keys: [], certificates } },
      /certificates: expected nothing, since/,
    ],
    [
      'a server of https and nothing more',
      { server: createHttps() },
      /security: expected { certificates: { ca, peer/,
    ],
    [
      'a server of https in the open',
      { server: createHttps(), security: 'none' },
      /security: expected { certificates/,
    ],
    [
      'a server of http with certificates',
      { server: createHttp(), security: { certificates } },
      /node:http: give/,
    ],
    [
      'a server of https with keys',
      { server: createHttps(), security: { keys: '/keys' } },
      /TLS is up to that server/,
    ],
    [
      'no key',
      { security: { certificates: { ...certificates, key: undefined } } },
      /certificates\.key: expected the abs/,
    ],
    [
      'nothing to show to whom it dials',
      { server: createHttps(), security: { certificates: { ca: '/ca', peerName: 'a' } } },
      /certificates\.cert: expected the absolute path/,
    ],
    [
      'a relative path',
      { security: { certificates: { ...certificates, ca: 'secret' } } },
      /\.ca: .* got text$/,
    ],
    [
      'no peer name',
      { security: { certificates: { ...certificates, peerName: '' } } },
      /certificates\.peerName/,
    ],
    [
      'an unknown part',
      { security: { certificates: { ...certificates, cer: 1 } } },
      /such as security\.certificates\.c/,
    ],
  ])('refuse security with %s', (_, options, why) => {
    expect(() => check(options)).toThrow(why)
  })

  it('take certificates, and none of its own where a server has one and a token proves who dials', () => {
    const { cert: _, key: __, ...trust } = certificates
    expect(check({ security: { certificates } }).security).toMatchObject({ type: 'certificates' })
    const choice = check({ server: createHttps(), security: { certificates: trust, token } }).security
    expect(choice).toMatchObject({ type: 'certificates', sources: { ca: '/tls/ca.crt' }, token })
    const early = { ...token, verify: 'not-yet' }
    expect(() => check({ server: createHttps(), security: { certificates: trust, token: early } })).toThrow(
      /cert/,
    )
  })

  it('take the name from the pod, else make one that is free', () => {
    expect(check({}, { POD_NAME: 'cache-3' }).name).toBe('cache-3')
    expect(check({ name: 'mine' }, { POD_NAME: 'cache-3' }).name).toBe('mine')
    const inPod = check({}, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }).name
    expect(check({}).name.startsWith(`${inPod}-`)).toBe(true)
    expect(check({}).name).not.toBe(check({}).name)
  })

  it('take the cluster id from the seeds', () => {
    const watch = async function* () {}
    const idOf = (options: object) => check(options).clusterIds.clusterId
    expect(idOf({})).toBe('default')
    expect(idOf({ seeds: { clusterId: 'prod/cache', watch } })).toBe('prod/cache')
    expect(idOf({ seeds: { clusterId: 'prod/cache', watch }, clusterId: 'mine' })).toBe('mine')
  })

  it('take further cluster ids, each once, and name the one that is wrong', () => {
    const alsoClusterIds = ['next', 'mine', 'next']
    expect(check({ clusterId: 'mine', alsoClusterIds }).clusterIds.alsoClusterIds).toEqual(['next'])
    expect(() => check({ alsoClusterIds: ['next', ''] })).toThrow(/option alsoClusterIds\[1\]/)
  })
})

describe('own addresses', () => {
  const at = (address: string, internal = false) => ({ address, internal }) as never
  const interfaces = {
    lo: [at('127.0.0.1', true), at('::1', true)],
    eth0: [at('fe80::1'), at('fd00::5'), at('10.0.0.5'), at('169.254.1.1')],
  }
  const own = (host: string, environment = {}, advertise?: { host: string; port: number | undefined }[]) =>
    ownAddresses({ advertise }, { host, port: 7946 }, environment, interfaces)

  it('are the one listened on, when it is one', () => {
    expect(own('10.0.0.5', { POD_IP: '10.9.9.9' })).toEqual(['10.0.0.5:7946'])
    expect(own('::1')).toEqual(['[::1]:7946'])
  })

  it('are those of the pod, else of the interfaces, IPv4 first', () => {
    expect(own('::', { POD_IPS: '10.1.0.1, fd00::1' })).toEqual(['10.1.0.1:7946', '[fd00::1]:7946'])
    expect(own('::', { POD_IP: '10.1.0.1' })).toEqual(['10.1.0.1:7946'])
    expect(own('::')).toEqual(['10.0.0.5:7946', '[fd00::5]:7946'])
    expect(own('0.0.0.0')).toEqual(['10.0.0.5:7946'])
  })

  it.each([
    [{ POD_IPS: '10.1.0.1, nonsense' }, 'POD_IPS'],
    [{ POD_IPS: '10.1.0.1,' }, 'POD_IPS'],
    [{ POD_IP: '10.1.0.1:80' }, 'POD_IP'],
    [{ POD_IP: '0.0.0.0' }, 'POD_IP'],
  ])('are refused where the environment has nonsense: %j', (environment, option) => {
    const message = `option ${option}: expected IP addresses separated by commas, in the environment, got`
    expect(() => own('::', environment)).toThrow(message)
    expect(own('10.0.0.5', environment)).toEqual(['10.0.0.5:7946'])
  })

  it('are those to advertise, when given', () => {
    expect(
      own('::', {}, [
        { host: '192.0.2.1', port: 80 },
        { host: 'fd00::9', port: undefined },
      ]),
    ).toEqual(['192.0.2.1:80', '[fd00::9]:7946'])
  })

  it('are loopback on a machine without a network', () => {
    expect(ownAddresses({ advertise: undefined }, { host: '::', port: 1 }, {}, {})).toEqual(['127.0.0.1:1'])
  })
})

describe('security', () => {
  const required = (host: string | undefined, advertise?: string) => () =>
    requireSecurity(
      {
        secured: false,
        advertise: advertise === undefined ? undefined : [{ host: advertise, port: undefined }],
      },
      host,
    )

  it('must be given unless all stays on this machine', () => {
    for (const host of ['127.0.0.1', '127.0.0.9', '::1', 'localhost']) expect(required(host)).not.toThrow()
    for (const host of [undefined, '::', '0.0.0.0', '10.0.0.1', 'example.org']) {
      expect(required(host)).toThrow(expect.objectContaining({ code: 'ERR_ROLLCALL_SECURITY_REQUIRED' }))
    }
    expect(required('127.0.0.1', '10.0.0.1')).toThrow(/10\.0\.0\.1 is not a loopback address/)
    expect(() => requireSecurity({ secured: true, advertise: undefined }, undefined)).not.toThrow()
  })

  it('is asked for by join, before anything listens', async () => {
    await expect(join({ seeds, port: 0 })).rejects.toMatchObject({ code: 'ERR_ROLLCALL_SECURITY_REQUIRED' })
  })
})

describe('listening', () => {
  it('says that the port is in use', async () => {
    const taken = await tcpServer(() => {})
    const { port } = taken
    await expect(join({ seeds, host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_PORT_IN_USE',
      host: '127.0.0.1',
      port,
      message: expect.stringContaining(`127.0.0.1 port ${port} is in use`),
    })
    taken.close()
  })

  it('says that the address is not ours', async () => {
    const options = { seeds, host: '192.0.2.1', port: 0, security: 'none' } as const
    await expect(join(options)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_ADDRESS_NOT_OURS' })
  })

  it('says that a given server cannot listen', async () => {
    const taken = await tcpServer(() => {})
    const server = createHttp()
    server.on('error', () => {})
    server.listen(taken.port, '127.0.0.1')
    await expect(join({ seeds, server })).rejects.toMatchObject({ code: 'ERR_ROLLCALL_LISTEN' })
    taken.close()
  })

  it('announces where it listens, and reaches IPv6 members', async () => {
    const first = await clusters.join({ host: '::1', name: 'a' })
    expect(first.view.self.addresses[0]).toMatch(/^\[::1\]:\d+$/)
    const second = await clusters.join({ host: '::1', name: 'b' })
    await clusters.agreed([first, second])
  })
})
