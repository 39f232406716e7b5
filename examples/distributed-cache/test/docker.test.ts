// The Dockerfile's steps, run one after the other in empty folders, give a program that starts, answers and ends as it should,
// with nothing beside it that it does not need. About 20 s.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDnsServer } from '@rollcall/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, type Image, inside } from './docker-image.ts'
import { readBase } from './k8s-manifests.ts'
import { partsOf } from './k8s-rules.ts'

const repository = join(import.meta.dirname, '../../..')
const dockerfile = join(import.meta.dirname, '../Dockerfile')
const { statefulSet, container } = partsOf(readBase())
const pod = statefulSet.spec?.template.spec?.securityContext

describe.skipIf(process.platform === 'win32')('the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-image-'))
  // Docker's layers can be read by everybody, and so by the user that the program runs as.
  chmodSync(folder, 0o755)
  let stages: Image[] = []
  let image: Image

  beforeAll(() => {
    stages = buildImage(dockerfile, repository, folder)
    image = stages.at(-1) as Image
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }), 300_000)

  it('has one version of Node in all stages', () => {
    const bases = new Set(stages.map(({ base }) => base))
    expect([...bases]).toEqual([expect.stringMatching(/^node:(22|24)\b/)])
  })

  it('runs as the user, and listens on the ports, that the manifest says', () => {
    expect(image.user).toBe(`${pod?.runAsUser}:${pod?.runAsGroup}`)
    expect(image.exposed).toEqual(container.ports?.map(({ containerPort }) => containerPort))
  })

  it('holds what runs, and neither sources nor tests nor tools', () => {
    expect(readdirSync(inside(image)).sort()).toEqual(['dist', 'node_modules', 'package.json'])
    const packages = readdirSync(inside(image, 'node_modules/.pnpm')).map((name) => name.split('@file')[0])
    expect(packages).toEqual(
      expect.arrayContaining(['@rollcall+membership', '@rollcall+ring', '@rollcall+seed']),
    )
    expect(
      packages.filter((name) => /testkit|typescript|vitest|ioredis|kubernetes/.test(name ?? '')),
    ).toEqual([])
    const files = readdirSync(image.folder, { recursive: true, encoding: 'utf8' })
    expect(files.filter((file) => file.endsWith('.test.ts') || file.endsWith('.tsbuildinfo'))).toEqual([])
  })

  it('starts a program that answers /livez, as its user, and ends by SIGTERM', async () => {
    await using dns = await startDnsServer()
    const [program = '', ...args] = image.cmd
    // Exec form, and not npm: SIGTERM reaches it.
    expect(program).toBe('node')
    const httpPort = await freePort()
    const child = spawn(process.execPath, args, {
      cwd: inside(image),
      env: {
        ...image.env,
        HOST: '127.0.0.1',
        PORT: '0',
        HTTP_PORT: String(httpPort),
        RESP_PORT: '0',
        DNS_SERVERS: dns.server,
        SERVICE: 'cache.test.svc.cluster.local',
        POD_NAME: 'cache-0',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...asUser(image.user),
    })
    const output: string[] = []
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => output.push(String(chunk)))
    const exited = once(child, 'exit')
    try {
      expect(await answerOf(`http://127.0.0.1:${httpPort}/livez`), output.join('')).toBe(200)
      child.kill('SIGTERM')
      expect(await exited, output.join('')).toEqual([null, 'SIGTERM'])
    } finally {
      child.kill('SIGKILL')
    }
  })
})

/** Only root can become somebody else. */
function asUser(user: string | undefined): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = (user ?? '').split(':').map(Number)
  return { uid, gid } as { uid: number; gid: number }
}

/** The status, as soon as somebody answers; undefined if nobody does in time. */
async function answerOf(url: string): Promise<number | undefined> {
  for (const until = Date.now() + 30_000; Date.now() < until; ) {
    const response = await fetch(url).catch(() => undefined)
    if (response !== undefined) return response.status
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return undefined
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
