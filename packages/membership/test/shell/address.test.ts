import { describe, expect, it } from 'vitest'
import {
  canonicalIp,
  formatAddress,
  isLoopback,
  parseAddress,
  splitHostPort,
} from '../../src/shell/address.ts'

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['::1', '::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:0a00:0001', '10.0.0.1'],
    ['fe80::1%eth0', undefined],
    ['010.0.0.1', undefined],
    ['example.org', undefined],
    ['', undefined],
  ])('writes %j as %j', (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical)
  })

  it.each([
    ['host', { host: 'host', port: undefined }],
    ['host:80', { host: 'host', port: 80 }],
    ['10.0.0.1:7946', { host: '10.0.0.1', port: 7946 }],
    ['[fd00::1]:80', { host: 'fd00::1', port: 80 }],
    ['[fd00::1]', { host: 'fd00::1', port: undefined }],
    ['fd00::1', { host: 'fd00::1', port: undefined }],
    ['host:0', undefined],
    ['host:65536', undefined],
    ['host:', undefined],
    ['a:b:c', undefined],
    ['[host]:80', undefined],
    ['', undefined],
  ])('splits %j', (text, parts) => {
    expect(splitHostPort(text)).toEqual(parts)
  })

  it('takes apart what it puts together, and nothing in another spelling', () => {
    for (const host of ['10.0.0.1', 'fd00::1']) {
      expect(parseAddress(formatAddress(host, 80))).toEqual({ host, port: 80 })
    }
    for (const other of ['10.0.0.1', '10.0.0.1:080', '[FD00::1]:80', 'fd00::1', '[10.0.0.1]:80', 'host:80']) {
      expect(parseAddress(other)).toBeUndefined()
    }
  })

  it('knows what stays on the machine', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1'].every(isLoopback)).toBe(true)
    expect(['10.0.0.1', '128.0.0.1', '::', 'fd00::1'].some(isLoopback)).toBe(false)
  })
})
