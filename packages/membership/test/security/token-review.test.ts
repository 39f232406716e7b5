// The verifier in docs/security.md, run against something that answers as the API server of Kubernetes does.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TokenVerifier } from '../../src/security/token-option.ts'
import { Authority } from './make-certificates.ts'

const guide = readFileSync(new URL('../../../../docs/security.md', import.meta.url), 'utf8')
const folder = mkdtempSync(join(tmpdir(), 'token-review-'))
const authority = new Authority('cluster')
const good = {
  authenticated: true,
  audiences: ['cache.prod'],
  user: {
    username: 'system:serviceaccount:prod:cache',
    extra: { 'authentication.kubernetes.io/pod-name': ['cache-0'] },
  },
}

let server: Server
let verify: TokenVerifier
let asked: { path: string | undefined; authorization: string | undefined; body: unknown }[]
let answer: (response: ServerResponse) => void

async function onRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  asked.push({ path: request.url, authorization: request.headers.authorization, body: await json(request) })
  answer(response)
}

const status = (value: unknown) => (response: ServerResponse) =>
  response.writeHead(201).end(JSON.stringify({ kind: 'TokenReview', status: value }))

beforeAll(async () => {
  server = createServer(authority.issue({ dns: ['localhost'] }), onRequest)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  writeFileSync(join(folder, 'ca.crt'), authority.cert)
  writeFileSync(join(folder, 'token'), 'own-token\n')
  process.env.KUBERNETES_SERVICE_HOST = 'localhost'
  process.env.KUBERNETES_SERVICE_PORT_HTTPS = String((server.address() as AddressInfo).port)
  const code = /```js\n(.*?)```/s.exec(guide)?.[1] ?? ''
  const path = join(folder, 'verify.mjs')
  writeFileSync(path, code.replace(/^const account = .*$/m, `const account = ${JSON.stringify(folder)}`))
  const loaded = (await import(pathToFileURL(path).href)) as { verify: TokenVerifier }
  verify = loaded.verify
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
  delete process.env.KUBERNETES_SERVICE_HOST
  delete process.env.KUBERNETES_SERVICE_PORT_HTTPS
})
beforeEach(() => {
  asked = []
})

const ask = async (name = 'cache-0') =>
  verify('some-token', {
    name,
    clusterIds: ['cache.prod'],
    remoteAddress: '10.0.0.7',
    signal: AbortSignal.timeout(5000),
  })

describe("the guide's verifier of a ServiceAccount's token", () => {
  it('asks the API server, for the audience, in its own name', async () => {
    answer = status(good)
    expect(await ask()).toBe(true)
    expect(asked).toEqual([
      {
        path: '/apis/authentication.k8s.io/v1/tokenreviews',
        authorization: 'Bearer own-token',
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          spec: { token: 'some-token', audiences: ['cache.prod'] },
        },
      },
    ])
  })

  it.each<[string, object]>([
    ['that is not authentic', { authenticated: false, error: 'expired' }],
    ['for another audience', { ...good, audiences: ['https://kubernetes.default.svc'] }],
    ['of another account', { ...good, user: { ...good.user, username: 'system:serviceaccount:dev:cache' } }],
    ['that is bound to no pod', { ...good, user: { username: good.user.username } }],
  ])('refuses a token %s', async (_, value) => {
    answer = status(value)
    expect(await ask()).toBe(false)
  })

  it('refuses a token that is bound to the pod of another name', async () => {
    answer = status(good)
    expect(await ask('cache-1')).toBe(false)
  })

  it('throws when the API server refuses to say, or ends halfway', async () => {
    answer = (response) => response.writeHead(403).end()
    await expect(ask()).rejects.toThrow('the API server answers a TokenReview with 403')
    answer = (response) => response.writeHead(201).write('{', () => response.destroy())
    await expect(ask()).rejects.toThrow(/aborted/)
  })
})
