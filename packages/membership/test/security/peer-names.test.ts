import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkPeerName, namesIn, PeerNames, showNames } from '../../src/security/peer-names.ts'
import { Authority } from './make-certificates.ts'

const authority = new Authority('authority')
const namesOf = (wish: Parameters<Authority['issue']>[0]) =>
  namesIn(new X509Certificate(authority.issue(wish).cert).subjectAltName)
const dns = (...texts: string[]) => texts.map((text) => ({ type: 'DNS', text }) as const)
const uri = (...texts: string[]) => texts.map((text) => ({ type: 'URI', text }) as const)

describe('the names in a certificate', () => {
  it('are its DNS names and URIs', () => {
    expect(namesOf({ dns: ['m-0.cache', '*.cache'], uri: ['spiffe://a.example/ns/prod'] })).toEqual([
      ...dns('m-0.cache', '*.cache'),
      ...uri('spiffe://a.example/ns/prod'),
    ])
  })

  it('are not what a name tries to add by its text', () => {
    const names = namesOf({ uri: ['spiffe://a.example/x, DNS:m-0.cache', 'spiffe://a.example/"y'] })
    expect(names).toEqual(uri('spiffe://a.example/"y'))
  })

  it('are none when the text is not what Node makes', () => {
    for (const text of ['m-0.cache', 'DNS:a "b", DNS:c', 'DNS:"a', 'DNS:a,DNS:b', undefined]) {
      expect(namesIn(text)).toEqual([])
    }
    expect(namesIn('IP Address:10.0.0.1, DNS:a')).toEqual(dns('a'))
  })

  it('leave out what could mislead whoever reads the log, and are shown in part where they are long', () => {
    expect(namesOf({ dns: ['a', 'b\nc', '\u0000', 'd'] })).toEqual(dns('a', 'd'))
    expect(showNames([])).toBe('no name')
    expect(showNames(dns('a', 'b'))).toBe('a, b')
    expect(showNames(dns('x'.repeat(500)))).toHaveLength(201)
  })
})

describe('a pattern of names', () => {
  const allows = (pattern: string, name: string) =>
    new PeerNames([pattern]).find(name.includes('://') ? uri(name) : dns(name)) !== undefined

  it.each([
    ['m-0.cache', 'm-0.cache', true],
    ['m-0.cache', 'M-0.Cache', true],
    ['m-0.cache', 'm-0xcache', false],
    ['m-0.cache', 'm-0.cache.evil', false],
    ['*.cache', 'm-0.cache', true],
    ['*.cache', '*.cache', true],
    ['*.cache', 'a.b.cache', false],
    ['*.cache', '.cache', false],
    ['m-*.cache', 'm-17.cache', true],
    ['m-*.cache', 'm-.cache', false],
    ['*-*.cache', 'm-17.cache', true],
    ['*-*.cache', 'm--.cache', true],
    ['*-*.cache', '-17.cache', false],
    ['*-*.cache', '--.cache', false],
    ['*-*-*.cache', 'a---b.cache', true],
    ['a*b*a.cache', 'axbxa.cache', true],
    ['a*b*a.cache', 'axba.cache', false],
    ['a*a.cache', 'aa.cache', false],
    ['a*a.cache', 'a.cache', false],
    ['**.cache', 'ab.cache', true],
    ['**.cache', 'a.cache', false],
    ['***.cache', 'ab.cache', false],
    ['spiffe://a.example/ns/prod/sa/*', 'spiffe://a.example/ns/prod/sa/cache', true],
    ['spiffe://a.example/ns/prod/sa/*', 'spiffe://a.example/ns/prod/sa/cache/x', false],
    ['spiffe://a.example/ns/prod/sa/*', 'spiffe://A.example/ns/prod/sa/cache', false],
    ['spiffe://a.example/*', 'https://a.example/x', false],
  ])('%s with %s: %s', (pattern, name, isAllowed) => {
    expect(allows(pattern, name)).toBe(isAllowed)
  })

  it('with {name} is for the member of that name only', () => {
    const names = new PeerNames(['{name}.cache', 'spiffe://a.example/cache/{name}'])
    expect(names.find(dns('m-0.cache'))?.text).toBe('m-0.cache')
    expect(names.allow(dns('m-0.cache', 'm-0'), 'm-0')).toBe(true)
    expect(names.allow(uri('spiffe://a.example/cache/m.0'), 'm.0')).toBe(true)
    for (const name of ['m-1', 'm-0.cache', '*', '.*', 'M-0x', '{name}']) {
      expect(names.allow([...dns('m-0.cache'), ...uri('spiffe://a.example/cache/mx0')], name)).toBe(false)
    }
    expect(names.allow([...dns('mx0.cache'), ...uri('spiffe://a.example/cache/mx0')], 'm.0')).toBe(false)
  })

  it('with {name} allows one name of a member, however a certificate is spelled', () => {
    const names = new PeerNames(['{name}.Cache', 'spiffe://a.example/cache/{name}'])
    for (const shown of ['m-a.cache', 'M-A.CACHE', 'm-A.cache']) {
      expect(['m-a', 'M-a', 'm-A', 'M-A'].filter((name) => names.allow(dns(shown), name))).toEqual(['m-a'])
    }
    const svid = uri('spiffe://a.example/cache/M-a')
    expect(['m-a', 'M-a', 'M-A'].filter((name) => names.allow(svid, name))).toEqual(['M-a'])
  })

  it('is compared within a moment, whatever a certificate says', () => {
    const startedAt = performance.now()
    for (const pattern of ['*-*-*-*.cache', `${'*'.repeat(20)}.cache`, '{name}-{name}-{name}-{name}.cache']) {
      expect(allows(pattern, `${'-'.repeat(250)}.shop`)).toBe(false)
      expect(allows(pattern, `${'a-'.repeat(20_000)}.shop`)).toBe(false)
    }
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  it('finds the name that counts among others', () => {
    const names = new PeerNames(['spiffe://a.example/*', '*.cache'])
    const shown = [...dns('other', 'm-0.cache'), ...uri('spiffe://a.example/x')]
    expect(names.find(shown)?.text).toBe('m-0.cache')
    expect(names.find([])).toBeUndefined()
  })

  it('is for DNS names alone or for URIs alone, whatever a name looks like', () => {
    const names = new PeerNames(['{name}.cache', 'spiffe://a.example/cache/{name}'])
    const lookAlikes = namesOf({ uri: ['m-0.cache'], dns: ['spiffe://a.example/cache/m-0'] })
    expect(lookAlikes).toEqual([...dns('spiffe://a.example/cache/m-0'), ...uri('m-0.cache')])
    expect([names.find(lookAlikes), names.allow(lookAlikes, 'm-0')]).toEqual([undefined, false])
  })

  it('with {name} is for a name that is one label or segment, and no more of it', () => {
    const names = new PeerNames(['{name}.cache', '{name}.*.cache', 'spiffe://a.example/{name}'])
    expect(['a', 'a.b'].filter((name) => names.allow(dns('a.b.cache'), name))).toEqual(['a'])
    expect(names.allow(uri('spiffe://a.example/a/b'), 'a/b')).toBe(false)
  })

  it.each([
    [undefined],
    [''],
    [[]],
    [['a', '']],
    ['a b'],
    [7],
    [Array(33).fill('a')],
    ['urn:uuid:f81d4fae'],
    ['spiffe:/a.example/cache'],
    ['*://a.example/cache'],
    ['DNS:m-0.cache'],
    ['m-0.cache:7946'],
    ['10.0.0.1'],
    ['cache.'],
    ['.cache'],
    ['{Name}.cache'],
    ['spiffe://a.example/{pod}'],
  ])('cannot be %j, which nothing is like', (given) => {
    expect(() => checkPeerName('peerName', given)).toThrow(
      /option peerName(\[1\])?: expected a DNS name or a URI/,
    )
  })

  it.each(['{name}-*.cache', '*{name}', 'x-{name}-*.cache', 'spiffe://a.example/{name}*'])(
    'cannot be %s, by which one certificate is for many names',
    (pattern) => {
      expect(() => checkPeerName('peerName', ['a', pattern])).toThrow(
        /option peerName\[1\]: expected \{name\} and \* in different labels or segments/,
      )
    },
  )

  it.each(['{name}', '{name}.*.cache', 'c-{name}.cache', '*.a_b', 'spiffe://a.example:8080/*/{name}'])(
    'can be %s',
    (pattern) => {
      expect(checkPeerName('peerName', pattern)).toEqual([pattern])
    },
  )
})
