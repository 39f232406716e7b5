import { createServer } from 'node:http'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { JoinOptions } from '../../src/index.ts'
import { checkKeys } from '../../src/security/check-keys.ts'
import { parseKeyFile } from '../../src/security/key-file.ts'
import { checkOptions } from '../../src/shell/settings.ts'

const secret = 'correct-horse-battery-staple-0123456789'
const text = (keys: readonly { id: string; secret: Uint8Array }[]) =>
  keys.map((key) => `${key.id} ${Buffer.from(key.secret)}`)
const thrown = (action: () => unknown): Error & { option?: string } => {
  try {
    action()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('shared keys given as an option', () => {
  it('are text or bytes, which are copied', () => {
    const bytes = Buffer.alloc(32, 'b')
    const keys = checkKeys('security.keys', [
      { id: 'a', secret },
      { id: 'b', secret: bytes },
    ])
    bytes.fill('x')
    expect(text(keys)).toEqual([`a ${secret}`, `b ${'b'.repeat(32)}`])
  })

  it.each([
    ['keys', 'a', /a list of keys/],
    ['keys', [], /1 to 16 keys, got "0"/],
    ['keys', Array.from({ length: 17 }, (_, i) => ({ id: `${i}`, secret })), /1 to 16 keys, got "17"/],
    ['keys[0]', ['a'], /an object/],
    ['keys[0]', new Array(1), /an object with id and secret, got undefined/],
    ['keys', new Array(2 ** 32 - 1), /1 to 16 keys/],
    ['keys[0].id', [{ secret }], /1 to 64 bytes of text/],
    ['keys[0].id', [{ id: 'two words', secret }], /without white space/],
    ['keys[0].id', [{ id: 'x'.repeat(65), secret }], /got "65 bytes"/],
    [
      'keys[1].id',
      [
        { id: 'a', secret },
        { id: 'a', secret: `${secret}2` },
      ],
      /no other key has, got "\\"a\\" again"/,
    ],
    ['keys[0].secret', [{ id: 'a', secret: 'short' }], /openssl rand -base64 32\), got "5 bytes"/],
    ['keys[0].secret', [{ id: 'a', secret: Buffer.alloc(257) }], /got "257 bytes"/],
    ['keys[0].secret', [{ id: 'a' }], /text or a Uint8Array/],
    ['keys[0].key', [{ id: 'a', key: secret }], /one of id, secret/],
  ])('are refused when %s is wrong', (option, given, message) => {
    const error = thrown(() => checkKeys('keys', given))
    expect(error).toMatchObject({ code: 'ERR_ROLLCALL_INVALID_OPTION', option })
    expect(error.message).toMatch(message)
  })

  it('never show a secret in what is said of them', () => {
    for (const given of [
      secret,
      [secret],
      [{ id: 'a', secret: secret.slice(0, 31) }],
      [{ id: secret.repeat(2), secret }],
    ]) {
      expect(thrown(() => checkKeys('keys', given)).message).not.toContain('horse')
    }
  })
})

describe('the option security', () => {
  const check = (security: unknown, others: object = {}) =>
    checkOptions({ seeds: async () => [], security, ...others } as JoinOptions<never>, {}).security

  it('is none, keys, or a key file', () => {
    expect(check('none')).toEqual({ type: 'none' })
    expect(check({ keys: '/keys' })).toEqual({ type: 'key-file', path: '/keys' })
    expect(check({ keys: [{ id: 'a', secret }] })).toMatchObject({ type: 'keys', keys: [{ id: 'a' }] })
  })

  it.each([
    ['tls'],
    [null],
    [{}],
    [{ keys: '' }],
    [{ keys: 5 }],
    [{ key: [] }],
    [{ keys: [{ id: 'a', secret: 'b' }] }],
  ])('is refused as %j', (given) => {
    expect(thrown(() => check(given))).toMatchObject({
      code: 'ERR_ROLLCALL_INVALID_OPTION',
      option: expect.stringMatching(/^security/),
    })
  })

  const certificates = { cert: '/cert', key: `-----BEGIN ${secret}`, ca: '/ca', peerName: 'a' }
  const keys = [{ id: 'a', secret }]

  it.each<[string, unknown, object?]>([
    ['the secret alone', secret],
    ['a list of keys', keys],
    ['keys under another name', { key: keys }],
    ['a secret under another name', { key: secret }],
    ['a key under another name', { keys: [{ id: 'a', secrt: secret }] }],
    ['one key', { keys: keys[0] }],
    ['the secret for a key file', { keys: secret }],
    ['bytes that are no Uint8Array', { keys: [{ id: 'a', secret: Buffer.from(secret).toJSON() }] }],
    ['a secret for an id', { keys: [{ id: Buffer.from(secret), secret: 'a' }] }],
    ['keys beside a server', { keys }, { server: createServer() }],
    ['keys beside certificates', { keys, certificates }],
    ['certificates beside a server of http', { certificates }, { server: createServer() }],
    ['a private key under another name', { certificates: { ...certificates, kee: certificates.key } }],
    ['a secret for a name', { certificates: { ...certificates, peerName: `${secret}=` } }],
    ['a private key for a name', { certificates: { ...certificates, peerName: [certificates.key] } }],
    ['a token for its reader', { keys, token: { read: secret, verify: 'not-yet' } }],
    ['a token for all', { keys, token: secret }],
    ['a verifier that is a token', { keys, token: { read: '/token', verify: secret } }],
    ['keys beside it', undefined, { keys }],
    ['it under another name', undefined, { securty: { keys } }],
  ])('never shows a secret in its errors, given %s', (_, given, others) => {
    const error = thrown(() => check(given, others))
    expect(error).toMatchObject({ code: 'ERR_ROLLCALL_INVALID_OPTION' })
    expect(inspect(error, { depth: 9 })).not.toContain('horse')
    expect(JSON.stringify(error)).not.toContain([...Buffer.from(secret)].join(','))
  })

  it('has no keys beside a server, whose TLS is up to the host program', () => {
    const server = createServer()
    const given = { keys: [{ id: 'a', secret }] }
    expect(thrown(() => check(given, { server }))).toMatchObject({
      option: 'security.keys',
      message: expect.stringContaining('TLS is up to that server'),
    })
    expect(check(undefined, { server })).toEqual({ type: 'unset', looksForKeys: false })
  })
})

describe('a key file', () => {
  const parse = (content: string) => text(parseKeyFile('/keys', content))

  it('has a key in each line, among comments and empty lines', () => {
    const content = `# made in May\n\nb ${'b'.repeat(32)}  \r\n  # old\n\ta\t${secret}\n`
    expect(parse(content)).toEqual([`b ${'b'.repeat(32)}`, `a ${secret}`])
    expect(parse(`a ${secret}`)).toEqual([`a ${secret}`])
  })

  it.each([
    ['', /^key file \/keys: expected 1 to 16 keys, got 0$/],
    ['# a\n\n', /expected 1 to 16 keys, got 0$/],
    [`\n${secret}`, /line 2: expected an id and a secret, got 1 words$/],
    [`a ${secret} b`, /line 1: expected an id and a secret, got 3 words$/],
    ['# a\na short', /line 2, secret: expected 32 to 256 random bytes .*openssl.*, got 5 bytes$/],
    [`a ${secret}\n\na ${secret}`, /line 3, id: expected an id that no other key has, got "a" again$/],
    [`${secret} a`, /line 1, secret: .* got 1 bytes$/],
    [`a ${'x'.repeat(65 * 1024)}`, /at most 64 KiB$/],
  ])('is refused as %j', (content, message) => {
    const error = thrown(() => parse(content))
    expect(error).toMatchObject({ code: 'ERR_ROLLCALL_KEY_FILE', path: '/keys' })
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('horse')
  })
})
