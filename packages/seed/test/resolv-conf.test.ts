import { expect, it } from 'vitest'
import { parseResolvConf } from '../src/resolv-conf.ts'

it('reads what Kubernetes writes', () => {
  const text = `search prod.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
`
  expect(parseResolvConf(text)).toEqual({
    servers: ['10.96.0.10'],
    search: ['prod.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
    ndots: 5,
  })
})

it('ignores comments, blank lines, unknown words and Windows line ends', () => {
  const text =
    '# one\r\n; two\r\n\r\nnameserver\t::1   # local\r\nsortlist 1.2.3.4\r\nnameserver 10.0.0.1\r\n'
  expect(parseResolvConf(text)).toEqual({ servers: ['::1', '10.0.0.1'], search: [], ndots: 1 })
})

it('lets the last of search and domain count, and limits ndots as libc does', () => {
  expect(parseResolvConf('search a.b c.d\ndomain E.F.\noptions rotate ndots:99').search).toEqual(['e.f'])
  expect(parseResolvConf('options rotate ndots:99').ndots).toBe(15)
  expect(parseResolvConf('search .').search).toEqual([])
})

it('finds nothing in an empty file', () => {
  expect(parseResolvConf('')).toEqual({ servers: [], search: [], ndots: 1 })
})
