import { describe, expect, it } from 'vitest'
import { checkCertificates } from '../../src/security/certificate-files.ts'
import { MemberCertificates } from '../../src/security/member-certificates.ts'
import { describeSecurity, securityState } from '../../src/security/security-state.ts'
import { PeerLog } from '../../src/shell/log.ts'
import { FakePlatform } from '../messages/fake-platform.ts'
import { Authority } from './make-certificates.ts'

const authority = new Authority('authority')
const until = new Date('2030-01-01T00:00:00Z')
const texts = { ...authority.issue({ dns: ['m-0.cache'], until }), ca: authority.cert }
const none = new Map<string, number>()

async function stateAt(nowMs: number, peerName = '*.cache', outdated: ReadonlyMap<string, number> = none) {
  const platform = Object.assign(new FakePlatform(), {
    wallNow: () => 0,
    readTextFile: async () => '',
  })
  const choice = { sources: texts, peerName: [peerName], memberName: 'm-0', uses: [], mayShowNone: false }
  const log = new PeerLog(undefined, platform)
  const certificates = await MemberCertificates.open(choice, { platform, log })
  const security = { secured: true, certificates, onChange: () => {}, stop: () => {} }
  return securityState(security, undefined, { accepted: new Map([['m-1.cache', 2]]), outdated }, nowMs)
}

describe('the state of certificates', () => {
  it('says nothing in words while all is well', async () => {
    const state = await stateAt(until.getTime() - 1)
    expect(state).toMatchObject({ type: 'certificates', isExpired: false, links: 2, files: [] })
    expect(describeSecurity(state)).toEqual([])
  })

  it('says that our own has expired while we run', async () => {
    expect(() => checkCertificates(texts, texts, until.getTime(), [])).toThrow(/has expired/)
    expect(describeSecurity(await stateAt(until.getTime()))).toEqual([
      'The certificate of this member has expired (2030-01-01T00:00:00.000Z): no new link comes about.',
    ])
  })

  it('says that our own is not valid yet', async () => {
    const { validFrom } = checkCertificates(texts, texts, 0, [])
    const state = await stateAt((validFrom ?? 0) - 1)
    expect(describeSecurity(state)).toEqual([
      `The certificate of this member is not valid before ${new Date(validFrom ?? 0).toISOString()}: no new link until then.`,
    ])
    expect(await stateAt(validFrom ?? 0)).toMatchObject({ isEarly: false })
  })

  it('says that others will not let us in, and that links will be replaced', async () => {
    const state = await stateAt(until.getTime() - 1, '*.shop', new Map([['m-2.cache', 1]]))
    expect(describeSecurity(state)).toEqual([
      'This member is m-0.cache by its certificate, and members are *.shop: those with the same options refuse it.',
      '1 link by an authority that is trusted no more will be replaced.',
    ])
  })
})
