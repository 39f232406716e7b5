import { type ConnectionOptions, connect } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { type CertificateTexts, checkCertificates } from '../../src/security/certificate-files.ts'
import { CertificateProtection } from '../../src/security/certificate-protection.ts'
import { PeerNames } from '../../src/security/peer-names.ts'
import { until } from '../shell/sockets.ts'
import { Ends, key, keys } from './ends.ts'
import { Authority, type Wish } from './make-certificates.ts'

const ends = new Ends()
afterEach(() => ends.close())

const authority = new Authority('authority')
const other = new Authority('other')

const texts = (wish: Wish, signer = authority, trusted = [authority]): CertificateTexts => ({
  ...signer.issue(wish),
  ca: trusted.map(({ cert }) => cert).join(''),
})

/** A member's protection; expired certificates pass here, as those do that expire while it runs. */
function protection(own: CertificateTexts, allowed = '*.cache') {
  const checked = checkCertificates(own, own, 0, [])
  return new CertificateProtection(checked, new PeerNames([allowed]), false)
}

const member = (name: string) => protection(texts({ dns: [`${name}.cache`] }))
const expired = { until: new Date(Date.now() - 1000) }

/** What becomes of a dial, and what the listener says of it. */
async function meet(dialer: CertificateProtection, listener: CertificateProtection) {
  const { address, told, details, connections } = await ends.listen(listener)
  const dial = ends.dial(address, dialer)
  await dial.ended()
  return { dialed: dial.told.at(-1), dial: dial.dialed, told, details, connections }
}

describe('a connection by certificates', () => {
  it('is a link of which both ends know the name of the other', async () => {
    const { dialed, dial, connections } = await meet(member('a'), member('b'))
    await until('both are open', () => connections.length === 1)
    expect(dialed).toBe('opened')
    expect(dial.connection?.credential?.id).toBe('b.cache')
    expect(connections[0]?.credential?.id).toBe('a.cache')
  })

  it('goes by URIs as well, whatever address was dialed', async () => {
    const svid = texts({ uri: ['spiffe://a.example/ns/prod/sa/cache'] })
    const workload = protection(svid, 'spiffe://a.example/ns/*/sa/cache')
    expect((await meet(workload, workload)).dialed).toBe('opened')
  })

  it('is refused to a dialer, who is told, and of whom the listener says why', async () => {
    const dialers: [CertificateProtection, string, RegExp][] = [
      [
        protection(texts({ dns: ['a.cache'], ...expired })),
        'untrusted-certificate',
        /^its certificate \(a\.cache\) has expired$/,
      ],
      [
        protection(texts({ dns: ['a.cache'], from: new Date(Date.now() + 600_000) })),
        'untrusted-certificate',
        /^its certificate \(a\.cache\) is not valid yet$/,
      ],
      [
        protection(texts({ dns: ['a.cache'] }, other)),
        'untrusted-certificate',
        /^its certificate \(a\.cache\) is of no authority that is trusted here$/,
      ],
      [
        protection(texts({ dns: ['shop.example'] }), '*'),
        'wrong-name',
        /^its certificate is for shop\.example, and members are \*\.cache$/,
      ],
    ]
    for (const [dialer, why, detail] of dialers) {
      // All that it minds itself is whether the authority is known to it.
      const { dialed, told, details, connections } = await meet(
        dialer,
        protection(texts({ dns: ['b.cache', 'b'] })),
      )
      expect(dialed).toBe('failed: certificate-refused')
      expect([told, details]).toEqual([['connection', why], [expect.stringMatching(detail)]])
      expect(connections).toEqual([])
    }
  })

  it('is refused to a listener, and the dialer knows why', async () => {
    const listeners: [CertificateProtection, string][] = [
      [protection(texts({ dns: ['b.cache'], ...expired })), 'certificate-expired'],
      [protection(texts({ dns: ['b.cache'] }, other)), 'certificate-untrusted'],
      [protection(texts({ dns: ['shop.example'] })), 'certificate-name'],
    ]
    for (const [listener, why] of listeners) {
      const { dialed, connections } = await meet(member('a'), listener)
      expect(dialed).toBe(`failed: ${why}`)
      expect(connections).toEqual([])
    }
  })

  it('does not come about with peers of another kind', async () => {
    const byCertificate = await ends.listen(member('b'))
    const byKey = await ends.listen(keys(key('a')).protection)
    const dialed = async (address: string, with_?: Parameters<Ends['dial']>[1]) => {
      const dial = ends.dial(address, with_)
      await dial.ended()
      return dial.told.at(-1)
    }
    expect(await dialed(byKey.address, member('a'))).toBe('failed: not-secured')
    expect(await dialed(byCertificate.address, keys(key('a')).protection)).toBe('failed: not-secured')
    expect(await dialed(byCertificate.address)).toBe('failed: other')
    const plain = await ends.listen()
    expect(await dialed(plain.address, member('a'))).toBe('failed: not-secured')
    await until('it was told', () => byCertificate.told.includes('no-tls'))
    expect([...byCertificate.connections, ...byKey.connections, ...plain.connections]).toEqual([])
  })

  it.each<[string, ConnectionOptions, string]>([
    ['no certificate', {}, 'no-certificate'],
    ['an older TLS', { maxVersion: 'TLSv1.2', ...texts({ dns: ['a.cache'] }) }, 'tls-handshake'],
  ])('is refused to a client with %s', async (_, options, why) => {
    const { address, told, connections } = await ends.listen(member('b'))
    const [host, port] = address.split(':')
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ...options })
    ends.onClose(() => socket.destroy())
    socket.on('error', () => {})
    socket.write('GET /rollcall HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
    socket.resume()
    await until('it has ended', () => socket.closed)
    expect([told, connections]).toEqual([['connection', why], []])
  })
})

describe('certificates that are replaced', () => {
  it('are shown from then on, and an authority that goes takes those along that it let in', async () => {
    const both = (wish: Wish, signer: Authority) => texts(wish, signer, [authority, other])
    const checked = (own: CertificateTexts) => checkCertificates(own, own, Date.now(), [])
    const listener = protection(both({ dns: ['b.cache'] }, authority))
    const { address, connections } = await ends.listen(listener)
    const dialer = protection(both({ dns: ['a.cache'] }, authority))
    const dialed = async () => {
      const dial = ends.dial(address, dialer)
      await dial.ended()
      await until('it came in', () => connections.length > 0 && dial.told.at(-1) === 'opened')
      return dial.dialed.connection?.credential?.id
    }
    expect(await dialed()).toBe('b.cache')
    listener.replace(checked(both({ dns: ['renewed.cache'] }, other)))
    dialer.replace(checked(both({ dns: ['a2.cache'] }, other)))
    expect(await dialed()).toBe('renewed.cache')
    await until('both came in', () => connections.length === 2)
    const counts = () => connections.map(({ credential }) => credential && listener.accepts(credential))
    expect(connections.map(({ credential }) => credential?.id)).toEqual(['a.cache', 'a2.cache'])
    expect(counts()).toEqual([true, true])
    listener.replace(checked(texts({ dns: ['renewed.cache'] }, other, [other])))
    expect(counts()).toEqual([false, true])
  })
})
