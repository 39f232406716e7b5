import { describe, expect, it } from 'vitest'
import { fullNames, isDnsName, namespaceOf, serviceClusterId } from '../src/service-name.ts'

const pod = {
  search: ['prod.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'ec2.internal'],
  ndots: 5,
}
const laptop = { search: ['home.arpa', 'corp.example'], ndots: 1 }
const docker = { search: [], ndots: 0 }

describe('full names', () => {
  it.each([
    ['cache', pod, ['cache.prod.svc.cluster.local']],
    ['Cache', pod, ['cache.prod.svc.cluster.local']],
    ['cache.other', pod, ['cache.other.svc.cluster.local']],
    ['cache.other.svc', pod, ['cache.other.svc.cluster.local']],
    ['cache.other.svc.cluster.local', pod, ['cache.other.svc.cluster.local']],
    ['cache.other.svc.cluster.local.', pod, ['cache.other.svc.cluster.local']],
    ['peers.ec2.internal', pod, ['peers.ec2.internal']],
    ['db.example.', pod, ['db.example']],
    [
      'cache',
      { ...pod, search: ['a.svc.two.zone', 'b.svc.one'] },
      ['cache.a.svc.two.zone', 'cache.b.svc.one'],
    ],
    ['cache.prod.svc.cluster.local', laptop, ['cache.prod.svc.cluster.local']],
    ['peers', laptop, ['peers.home.arpa', 'peers.corp.example', 'peers']],
    ['peers.team', laptop, ['peers.team', 'peers.team.home.arpa', 'peers.team.corp.example']],
    ['peers.corp.example', laptop, ['peers.corp.example']],
    ['peers.', laptop, ['peers']],
    ['cache', docker, ['cache']],
    ['a.b.c', pod, [...pod.search.map((domain) => `a.b.c.${domain}`), 'a.b.c']],
  ])('of %s with %j are %j', (service, conf, names) => {
    expect(fullNames(service, conf)).toEqual(names)
  })

  it('leaves out what is too long for DNS', () => {
    const long = Array.from({ length: 4 }, () => 'x'.repeat(60)).join('.')
    expect(fullNames(long, laptop)).toEqual([long, `${long}.home.arpa`])
    expect(fullNames(long, { search: ['z'.repeat(20)], ndots: 1 })).toEqual([long])
  })
})

describe('cluster id', () => {
  it.each([
    'cache',
    'cache.prod',
    'cache.prod.svc',
    'cache.prod.svc.cluster.local',
    'CACHE.prod.svc.other.zone.',
  ])('is the same however the name is written: %s', (service) =>
    expect(serviceClusterId(service, 'prod')).toBe('cache.prod'),
  )

  it('is the name as written where there is no namespace', () => {
    expect(serviceClusterId('peers', undefined)).toBe('peers')
    expect(serviceClusterId('Peers.corp.example.', undefined)).toBe('peers.corp.example')
  })

  it('takes the namespace from the search list', () => {
    expect(namespaceOf(pod.search)).toBe('prod')
    expect(namespaceOf(laptop.search)).toBeUndefined()
  })
})

it.each([
  ['cache', true],
  ['cache.prod.', true],
  ['_x.y-1', true],
  ['', false],
  ['.', false],
  ['a..b', false],
  ['a b', false],
  ['10.0.0.1:53', false],
  ['x'.repeat(64), false],
  [Array.from({ length: 5 }, () => 'x'.repeat(60)).join('.'), false],
])('takes %j for a DNS name: %s', (name, expected) => {
  expect(isDnsName(name)).toBe(expected)
})
