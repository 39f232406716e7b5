import { DEFAULT_KEY_FILE, KeyFileError, OptionError } from '@rollcall/membership'
import { describe, expect, it } from 'vitest'
import { type CacheOptions, settingsOf } from '../src/options.ts'
import { namingVariable, settingsFrom } from '../src/settings.ts'

describe('the settings', () => {
  it('have defaults for a pod with the manifest', () => {
    const { join, ...rest } = settingsFrom({
      SERVICE: 'cache',
      EXPECTED_SIZE: '3',
      MAX_BYTES: '2000000',
      TTL_MS: '',
    })
    expect(join).toMatchObject({ expectedSize: 3, signals: ['SIGTERM', 'SIGINT'] })
    // The key is found where it is mounted.
    expect(join.security).toBeUndefined()
    expect(rest).toEqual({
      cache: { maxBytes: 2_000_000 },
      host: undefined,
      respPort: 6379,
      httpPort: 8080,
      drainMs: 2000,
    })
  })

  it('take what is said', () => {
    const env = { SEEDS: '127.0.0.1:7946', HOST: '127.0.0.1', PORT: '7947', RESP_PORT: '1', HTTP_PORT: '2' }
    const choices = { WHEN_FEW_COPIES: 'mark', IN_MINORITY: 'refuse' }
    const more = { KEY_FILE: '/etc/keys', REPLICAS: '3', TTL_MS: '60000', DRAIN_MS: '0', ...choices }
    const { join, ...rest } = settingsFrom({ ...env, ...more })
    expect(join).toMatchObject({ host: '127.0.0.1', port: 7947, security: { keys: '/etc/keys' } })
    expect(rest).toEqual({
      cache: {
        ...{ maxBytes: 268_435_456, replicas: 3, ttlMs: 60_000 },
        ...{ whenFewCopies: 'mark', inMinority: 'refuse' },
      },
      host: '127.0.0.1',
      respPort: 1,
      httpPort: 2,
      drainMs: 0,
    })
  })

  it('take whatever the cache takes', () => {
    const cluster = { request: () => {} } as unknown as CacheOptions['cluster']
    const most = { TTL_MS: '8000000000000000', REPLICAS: '16', MAX_BYTES: String(Number.MAX_SAFE_INTEGER) }
    for (const env of [{ MAX_BYTES: '1050496', TTL_MS: '1', REPLICAS: '1' }, most])
      expect(() => settingsOf({ cluster, ...settingsFrom(env).cache })).not.toThrow()
  })

  it.each([
    [{ RESP_PORT: '70000' }, "RESP_PORT: expected a whole number from 0 to 65535, got '70000'"],
    [{ HTTP_PORT: 'http' }, "HTTP_PORT: expected a whole number from 0 to 65535, got 'http'"],
    [{ REPLICAS: '0' }, "REPLICAS: expected a whole number from 1 to 16, got '0'"],
    [{ MAX_BYTES: '1e9' }, "got '1e9'"],
    [{ MAX_BYTES: '1' }, 'MAX_BYTES: expected a whole number from 1050496'],
    [{ TTL_MS: '-5' }, "TTL_MS: expected a whole number from 1 to 8000000000000000, got '-5'"],
    [{ TTL_MS: '9007199254740991' }, "TTL_MS: expected a whole number from 1 to 8000000000000000, got '9007"],
    [{ WHEN_FEW_COPIES: 'yes' }, "WHEN_FEW_COPIES: expected refuse or mark, got 'yes'"],
    [{ IN_MINORITY: 'Refuse' }, "IN_MINORITY: expected serve-stale or refuse, got 'Refuse'"],
    [{ DRAIN_MS: '1.5' }, "DRAIN_MS: expected a whole number from 0 to 18000, got '1.5'"],
    [{ DRAIN_MS: '18001' }, "got '18001'"],
    [{ EXPECTED_SIZE: '3 ' }, 'EXPECTED_SIZE'],
    [
      { SEEDS: '10.0.0.1,cache-0:7946' },
      "SEEDS: expected IP addresses of pods as 10.0.0.1:7946, separated by commas, got '10.0.0.1,cache-0:7946'",
    ],
    [
      { SERVICE: '10.0.0.1' },
      "SERVICE: expected a DNS name as cache or cache.prod (for addresses there is SEEDS), got '10.0.0.1'",
    ],
    [
      { DNS_SERVERS: 'name' },
      "DNS_SERVERS: expected IP addresses as 10.0.0.1 or 10.0.0.1:53, separated by commas, got 'name'",
    ],
  ])('say what is wrong with %j', (env, message) => {
    expect(() => settingsFrom(env)).toThrow(message)
  })

  it.each([
    ['name', 'POD_NAME'],
    ['POD_IPS', 'POD_IPS'],
  ])('name the variable of what join finds wrong with %s', (option, variable) => {
    const told = namingVariable(new OptionError(option, 'this', 'that'), { [variable]: 'that' }) as Error
    expect(told.message).toBe(`${variable}: expected this, got 'that'`)
  })

  it('never say what stands where keys belong', () => {
    const error = new OptionError('security.keys', 'a file', 'hidden')
    expect((namingVariable(error, { KEY_FILE: 'hidden' }) as Error).message).toBe('KEY_FILE: expected a file')
  })

  it('name the variable of a file of keys that is none, unless it is the mounted one', () => {
    const messageFor = (path: string) =>
      (namingVariable(new KeyFileError(path, 'is none'), { KEY_FILE: path }) as Error).message
    expect(messageFor('/no/keys')).toBe('KEY_FILE: key file /no/keys: is none')
    expect(messageFor(DEFAULT_KEY_FILE)).toBe(`key file ${DEFAULT_KEY_FILE}: is none`)
  })

  it('name the file of keys by its path, unless that may be a secret in the wrong place', () => {
    const messageFor = (KEY_FILE: string) => {
      const error = new KeyFileError('the given path', 'cannot be read (ENOENT)')
      return (namingVariable(error, { KEY_FILE }) as Error).message
    }
    expect(messageFor('/nope')).toBe('KEY_FILE: key file at /nope: cannot be read (ENOENT)')
    expect(messageFor(`/${'Z'.repeat(31)}`)).toBe(
      'KEY_FILE: key file at the given path: cannot be read (ENOENT)',
    )
  })
})
