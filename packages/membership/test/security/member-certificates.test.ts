import { describe, expect, it } from 'vitest'
import { MemberCertificates } from '../../src/security/member-certificates.ts'
import { PeerLog } from '../../src/shell/log.ts'
import { FakePlatform } from '../messages/fake-platform.ts'
import { Authority } from './make-certificates.ts'

const HOUR_MS = 3_600_000
const authority = new Authority('authority')
const start = Date.parse('2030-01-01T00:00:00Z')
/** A certificate that is valid from so many hours after the start on. */
const from = (hours: number, name: string) =>
  authority.issue({
    dns: [name],
    from: new Date(start + hours * HOUR_MS),
    until: new Date(start + 1000 * HOUR_MS),
  })

/** Certificates in files that a test writes. */
async function followed() {
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
    { sources: { cert: '/cert', key: '/key', ca: '/ca' }, peerName: ['*'], mayShowNone: false },
    { platform, log: new PeerLog(undefined, platform) },
  )
  return { clock, write, certificates }
}

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
