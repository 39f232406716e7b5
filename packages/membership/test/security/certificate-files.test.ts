import { readFile } from 'node:fs/promises'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  type CertificateTexts,
  checkCertificates,
  readCertificates,
} from '../../src/security/certificate-files.ts'
import { Authority } from './make-certificates.ts'

const authority = new Authority('authority')
const member = authority.issue({ dns: ['m-0.cache'] })
const good: CertificateTexts = { ...member, ca: authority.cert }
const paths: CertificateTexts = { cert: '/tls/tls.crt', key: '/tls/tls.key', ca: '/tls/ca.crt' }
const check = (change: Partial<CertificateTexts>) =>
  checkCertificates({ ...good, ...change }, paths, Date.now(), ['server auth', 'client auth'])

/** RSA of 512 bits, until 2046. */
const weak = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBizCCATWgAwIBAgIUVffSaPPPAoVNlwKLbynsCgW5fIcwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEd2VhazAeFw0yNjExMzAwNTA4MzVaFw00NjAxMjkwNTA4
MzVaMA8xDTALBgNVBAMMBHdlYWswXDANBgkqhkiG9w0BAQEFAANLADBIAkEAqNoH
P7usnSrkwHb1u2jrkQqnpLO3NTqMuDmTSPwIw6Lg+hyLlUFj7gOMfm8YXWj1Zalm
GBm5Eb3PkygGDryM9wIDAQABo2kwZzAdBgNVHQ4EFgQUL5vFeTkVD208f8eFlktP
56GpH6YwHwYDVR0jBBgwFoAUL5vFeTkVD208f8eFlktP56GpH6YwDwYDVR0TAQH/
BAUwAwEB/zAUBgNVHREEDTALggltLTAuY2FjaGUwDQYJKoZIhvcNAQELBQADQQCD
I0tUBcRO0g39l1hJ8Wpa6x7zXrymT/Dss4YZlJjv+vewPKVD/z4QmnP7oMdtEBKJ
QCuoFzyzrd4CVPrRC2tz
-----END CERTIFICATE-----`,
  key: `-----BEGIN PRIVATE KEY-----
MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAqNoHP7usnSrkwHb1
u2jrkQqnpLO3NTqMuDmTSPwIw6Lg+hyLlUFj7gOMfm8YXWj1ZalmGBm5Eb3PkygG
DryM9wIDAQABAkBLJj5zryN0D9MfldJoRpoRQ5y5QQMZPaXDmFxk70c3Sl0cTaCq
Xbv1kS6pldIHyAMzTqpO9OS5y0OJlNzCj8yBAiEA4FxYaj0ETc5E++LUrDQzot0h
l8yEilTx+2vaS1cmk+MCIQDAqb+pxTmFLGhyClyIRIDqqGQoeIbTnH91mmF5Wl82
3QIhAMnCYYQQIOmzH5gAUM4XF4RTJV1z/pDDeORnBeSQl9GPAiA3OfFo1tIQLJSb
7ABuR0S0/yQGvdXYHsoiiehbAt68OQIhAMpgtRTfzaU7yRbrZPRoVYMBR7JK/Q7E
ntvS3JItTvWr
-----END PRIVATE KEY-----`,
}

describe('certificates', () => {
  it('tell their names, their end and their authorities', () => {
    const other = new Authority('other')
    const checked = check({ ca: `# two\n${authority.cert}${other.cert}` })
    expect(checked.names).toEqual([{ type: 'DNS', text: 'm-0.cache' }])
    expect(checked.validUntil).toBeGreaterThan(Date.now())
    expect(checked.authorities.size).toBe(2)
  })

  it.each<[string, Partial<CertificateTexts>, RegExp]>([
    [
      'an empty certificate',
      { cert: '' },
      /certificates\.cert \(\/tls\/tls\.crt\): has no certificate in PEM/,
    ],
    ['half a certificate', { cert: member.cert.slice(0, 200) }, /has no certificate in PEM/],
    [
      'a certificate of nonsense',
      { cert: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----' },
      /has a certificate that cannot be read/,
    ],
    [
      'the key of another',
      { key: authority.issue({ dns: ['x'] }).key },
      /certificates\.key .*does not belong/,
    ],
    ['half a key', { key: member.key.slice(0, 100) }, /is no private key in PEM/],
    ['no authority', { ca: '\n' }, /certificates\.ca .*has no certificate in PEM/],
    ['a certificate without a name', authority.issue({}), /names no DNS name and no URI/],
    [
      'one for servers only',
      authority.issue({ dns: ['a'], uses: ['server auth'] }),
      /is not for client auth/,
    ],
    [
      'one for clients only',
      authority.issue({ dns: ['a'], uses: ['client auth'] }),
      /is not for server auth/,
    ],
    [
      'one for anything, which TLS does not take',
      authority.issue({ dns: ['a'], uses: ['any'] }),
      /is not for server auth and client auth \(extended key usage\)/,
    ],
    ['one that TLS finds too weak', weak, /cannot be used for TLS \(ERR_SSL_EE_KEY_TOO_SMALL\)/],
    ['one that is over', authority.issue({ dns: ['a'], until: new Date(0) }), /has expired \(1970-01-01T/],
  ])('cannot be %s', (_, change, why) => {
    expect(() => check(change)).toThrow(why)
    expect(() => check(change)).toThrow(expect.objectContaining({ code: 'ERR_ROLLCALL_CERTIFICATE' }))
  })

  it('may be given as text, which is not read', async () => {
    const read = async (path: string) => `read ${path}`
    const texts = await readCertificates({ ...good, ca: '/tls/ca.crt' }, read)
    expect(texts).toEqual({ ...good, ca: 'read /tls/ca.crt' })
  })

  it('name no file that is none, and may be a secret', async () => {
    const secret = `/abc/ZZ+f${'z/'.repeat(20)}=`
    const error: unknown = await readCertificates({ ...good, key: secret }, async (path) =>
      readFile(path, 'utf8'),
    ).catch((thrown) => thrown)
    expect(error).toMatchObject({
      message: 'security.certificates.key: the given path cannot be read (ENOENT)',
      path: undefined,
    })
    expect(inspect(error)).not.toContain('ZZ')
  })

  it('name the file that cannot be read', async () => {
    const read = async (path: string) => {
      throw Object.assign(new Error(path), { code: 'EACCES' })
    }
    await expect(readCertificates(paths, read)).rejects.toThrow(
      /certificates\.ca \(\/tls\/ca\.crt\): cannot be read \(EACCES\)/,
    )
  })
})
