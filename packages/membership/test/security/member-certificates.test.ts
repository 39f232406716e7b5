import { describe, expect, it } from 'vitest'
import { MemberCertificates } from '../../src/security/member-certificates.ts'
import { PeerLog } from '../../src/shell/log.ts'
import { FakePlatform } from '../messages/fake-platform.ts'
import { recorder } from '../shell/clusters.ts'
import { Authority, type Pem, type Wish } from './make-certificates.ts'

const HOUR_MS = 3_600_000
const authority = new Authority('authority')
const start = Date.parse('2030-01-01T00:00:00Z')
/** A certificate that is valid from so many hours after the start on. */
const from = (hours: number, name: string, wish: Wish = {}, signer = authority) =>
  signer.issue({
    dns: [name],
    ...wish,
    from: new Date(start + hours * HOUR_MS),
    until: new Date(start + 1000 * HOUR_MS),
  })

/** Certificates in files that a test writes. */
async function followed(peerName = '*') {
  const { lines, logger } = recorder()
  const clock = new FakePlatform()
  const files: Record<string, string> = { '/ca': authority.cert }
  const write = ({ cert, key }: { cert: string; key: string }) =>
    void Object.assign(files, { '/cert': cert, '/key': key })
  const platform = Object.assign(clock, {
    wallNow: () => start + clock.now(),
    readTextFile: async (path: string) => files[path] as string,
  })
  write(from(-1, 'first'))
  const certificates = await MemberCertificates.open(
    {
      sources: { cert: '/cert', key: '/key', ca: '/ca' },
      peerName: [peerName],
      memberName: 'first',
      uses: ['server auth', 'client auth'],
      mayShowNone: false,
    },
    { platform, log: new PeerLog(logger, platform) },
  )
  return { clock, write, certificates, lines }
}

describe('a certificate that nobody renews', () => {
  it('is told in the log once it has expired, however long that takes, and not where it was renewed', async () => {
    const { clock, write, certificates, lines } = await followed()
    const saysSo = () => lines.filter((line) => line.includes('the certificate of this member has expired'))
    const until = (hours: number) => new Date(start + hours * HOUR_MS)
    write(authority.issue({ dns: ['second'], from: until(-1), until: until(1) }))
    await clock.advance(3000)
    write(authority.issue({ dns: ['third'], from: until(-1), until: until(2) }))
    await clock.advance(2 * HOUR_MS - 3001)
    expect([certificates.names, saysSo()]).toEqual([['third'], []])
    await clock.advance(HOUR_MS)
    expect(saysSo()).toEqual([
      expect.stringContaining(`(${until(2).toISOString()}): no new link comes about`),
    ])
    certificates.stop()
  })
})

describe('a certificate that comes before it is valid', () => {
  it('is shown from then on, and the one from before until then', async () => {
    const { clock, write, certificates } = await followed()
    write(from(2, 'early'))
    await clock.advance(3000)
    expect(certificates.names).toEqual(['first'])
    expect(certificates.problem).toBe(
      'security.certificates.cert (/cert): is not valid before 2030-01-01T02:00:00.000Z',
    )
    await clock.advance(2 * HOUR_MS - 3001)
    expect(certificates.names).toEqual(['first'])
    await clock.advance(1)
    expect([certificates.names, certificates.problem]).toEqual([['early'], undefined])
    certificates.stop()
  })

  it('is forgotten when another takes its place, and when nothing is followed any more', async () => {
    const { clock, write, certificates } = await followed()
    write(from(1, 'early'))
    await clock.advance(3000)
    write(from(-1, 'third'))
    await clock.advance(3000)
    expect([certificates.names, certificates.problem]).toEqual([['third'], undefined])
    write(from(2, 'late'))
    await clock.advance(3000)
    certificates.stop()
    await clock.advance(3 * HOUR_MS)
    expect(certificates.names).toEqual(['third'])
  })
})

describe('a certificate that others will refuse', () => {
  it('is warned of once, as long as it is the same fault, and no more once it is mended', async () => {
    const { clock, write, certificates, lines } = await followed('{name}')
    const change = async (pem: Pem) => {
      write(pem)
      await clock.advance(3000)
      return certificates.objections
    }
    expect([certificates.objections, lines]).toEqual([[], []])
    const other = [
      'This member goes by first, and by {name} its certificate (other) is for another name: those with the same options refuse it.',
    ]
    expect(await change(from(-1, 'other'))).toEqual(other)
    expect(await change(from(-2, 'other'))).toEqual(other)
    const foreign = [
      'The certificate of this member is of no authority in its own ca: those with the same options refuse it.',
    ]
    expect(await change(from(-1, 'first', {}, new Authority('foreign')))).toEqual(foreign)
    expect(await change(from(-1, 'first'))).toEqual([])
    expect(lines.filter((line) => !line.startsWith('other certificates'))).toEqual([...other, ...foreign])
    certificates.stop()
  })

  it('does not take the place of the one from before where nobody would take it', async () => {
    const { clock, write, certificates, lines } = await followed()
    write(from(-1, 'second', { uses: ['server auth'] }))
    await clock.advance(3000)
    expect([certificates.names, certificates.objections]).toEqual([['first'], []])
    const problem =
      'security.certificates.cert (/cert): is not for client auth (extended key usage): others refuse it'
    expect([certificates.problem, lines]).toEqual([
      problem,
      [`the certificates stay as they were: ${problem}`],
    ])
    certificates.stop()
  })
})
