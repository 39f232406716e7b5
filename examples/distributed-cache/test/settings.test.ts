import { describe, expect, it } from 'vitest'
import { settingsFrom } from '../src/settings.ts'

describe('the settings', () => {
  it('have defaults for a pod with the manifest', () => {
    const { join, ...rest } = settingsFrom({
      SERVICE: 'cache',
      EXPECTED_SIZE: '3',
      MAX_BYTES: '1000000',
      TTL_MS: '',
    })
    expect(join).toMatchObject({ expectedSize: 3, security: 'none', signals: ['SIGTERM', 'SIGINT'] })
    expect(rest).toEqual({
      cache: { maxBytes: 1_000_000 },
      host: undefined,
      respPort: 6379,
      httpPort: 8080,
      drainMs: 2000,
    })
  })

  it('take what is said', () => {
    const env = { SEEDS: '127.0.0.1:7946', HOST: '127.0.0.1', PORT: '7947', RESP_PORT: '1', HTTP_PORT: '2' }
    const { join, ...rest } = settingsFrom({ ...env, REPLICAS: '3', TTL_MS: '60000', DRAIN_MS: '0' })
    expect(join).toMatchObject({ host: '127.0.0.1', port: 7947 })
    expect(rest).toEqual({
      cache: { maxBytes: 268_435_456, replicas: 3, ttlMs: 60_000 },
      host: '127.0.0.1',
      respPort: 1,
      httpPort: 2,
      drainMs: 0,
    })
  })

  it.each([
    [{ RESP_PORT: '70000' }, "RESP_PORT: expected a whole number from 0 to 65535, got '70000'"],
    [{ HTTP_PORT: 'http' }, "HTTP_PORT: expected a whole number from 0 to 65535, got 'http'"],
    [{ REPLICAS: '0' }, "REPLICAS: expected a whole number from 1 to 16, got '0'"],
    [{ MAX_BYTES: '1e9' }, "got '1e9'"],
    [{ MAX_BYTES: '1' }, 'MAX_BYTES: expected a whole number from 65536'],
    [{ TTL_MS: '-5' }, "TTL_MS: expected a whole number from 1 to 9007199254740991, got '-5'"],
    [{ DRAIN_MS: '1.5' }, "DRAIN_MS: expected a whole number from 0 to 2147483647, got '1.5'"],
    [{ EXPECTED_SIZE: '3 ' }, 'EXPECTED_SIZE'],
    [{ SEEDS: 'cache-0:7946' }, 'SEEDS: option list[0]: expected an IP address'],
    [{ SERVICE: '10.0.0.1' }, 'SERVICE or DNS_SERVERS: option service: expected a DNS name'],
    [{ DNS_SERVERS: 'name' }, 'SERVICE or DNS_SERVERS: option servers'],
  ])('say what is wrong with %j', (env, message) => {
    expect(() => settingsFrom(env)).toThrow(message)
  })
})
