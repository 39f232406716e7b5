import { X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { type CertificateTexts, checkCertificates } from '../../src/security/certificate-files.ts'
import { CertificateProtection } from '../../src/security/certificate-protection.ts'
import { missingUses, objectionsTo } from '../../src/security/own-certificate.ts'
import { PeerNames } from '../../src/security/peer-names.ts'
import { Ends } from './ends.ts'
import { Authority, type Use, type Wish } from './make-certificates.ts'

const ends = new Ends()
afterEach(() => ends.close())

const [root, other] = [new Authority('root'), new Authority('other')]
const below = new Authority('below')
const [intermediate, foreignIntermediate] = [root.endorse(below), other.endorse(below)]
const names = new PeerNames(['*'])
const checked = (own: CertificateTexts) => checkCertificates(own, own, Date.now(), [])
const protection = (own: CertificateTexts) => new CertificateProtection(checked(own), names, false)

/** Whether a link comes about. */
async function meet(dialer: CertificateProtection, listener: CertificateProtection): Promise<boolean> {
  const { address, connections } = await ends.listen(listener)
  await ends.dial(address, dialer).ended()
  return connections.length > 0
}

describe('what is missing of the uses of a certificate', () => {
  it.each<[Use[] | undefined]>([
    [undefined],
    [['server auth', 'client auth']],
    [['server auth']],
    [['client auth']],
    [['any']],
    [['any', 'client auth']],
  ])('is what TLS refuses it for: %j', async (uses) => {
    const wish: Wish = { dns: ['a'], ...(uses === undefined ? {} : { uses }) }
    const own = { ...root.issue(wish), ca: root.cert }
    const good = protection({ ...root.issue({ dns: ['b'] }), ca: root.cert })
    const missing = missingUses(new X509Certificate(own.cert), ['server auth', 'client auth'])
    expect(await meet(good, protection(own))).toBe(!missing.includes('server auth'))
    expect(await meet(protection(own), good)).toBe(!missing.includes('client auth'))
  })
})

describe('a certificate is of an authority in its own ca', () => {
  const direct = root.issue({ dns: ['a'] })
  const indirect = below.issue({ dns: ['a'] })
  const chain = (...above: string[]) => ({ ...indirect, cert: [indirect.cert, ...above].join('') })
  it.each<[string, CertificateTexts, boolean]>([
    ['directly', { ...direct, ca: root.cert + other.cert }, true],
    ['by an intermediate below it', { ...chain(intermediate), ca: root.cert }, true],
    ['by an intermediate in ca', { ...indirect, ca: intermediate + root.cert }, true],
    ['by the first of two ways', { ...chain(intermediate, foreignIntermediate), ca: root.cert }, true],
    ['but not by the second of two', { ...chain(foreignIntermediate, intermediate), ca: root.cert }, false],
    ['but not where the intermediate is missing', { ...indirect, ca: root.cert }, false],
    ['but not by another way', { ...chain(foreignIntermediate), ca: root.cert }, false],
    ['but not by another of the same name', { ...direct, ca: new Authority('root').cert }, false],
    ['but not by an intermediate alone', { ...indirect, ca: intermediate }, false],
  ])('%s, which is what those with the same options say', async (_, own, isTrusted) => {
    expect(checked(own).isTrusted).toBe(isTrusted)
    expect(await meet(protection(own), protection(own))).toBe(isTrusted)
  })
})

describe('what those with the same options have against a certificate', () => {
  const objections = (name: string, patterns: string[], own: CertificateTexts) =>
    objectionsTo(checked(own), new PeerNames(patterns), name)
  const own = { ...root.issue({ dns: ['m-0.cache'] }), ca: root.cert }

  it('is nothing where name and authority fit', () => {
    expect(objections('m-0', ['{name}.cache', '*.shop'], own)).toEqual([])
    expect(objections('anything', ['*.cache'], own)).toEqual([])
    expect(objections('m-0', ['*.shop'], { ca: root.cert })).toEqual([])
  })

  it('is a name that no member has, or that is of another', () => {
    expect(objections('m-0', ['*.shop'], own)).toEqual([
      'This member is m-0.cache by its certificate, and members are *.shop: those with the same options refuse it.',
    ])
    for (const name of ['m-1', 'M-0']) {
      expect(objections(name, ['{name}.cache'], own)).toEqual([
        `This member goes by ${name}, and by {name}.cache its certificate (m-0.cache) is for another name: those with the same options refuse it.`,
      ])
    }
  })

  it('is all that it is', () => {
    expect(objections('m-1', ['{name}.cache'], { ...own, ca: other.cert })).toHaveLength(2)
  })
})
