// The program of the README, as three processes that each think they are in a pod.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Child, type DnsServer, spawnChild, startDnsServer } from '@rollcall/testkit'
import { afterEach, describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '..')
const program = readFileSync(join(folder, 'main.js'), 'utf8')
const SERVICE = 'cache.test.svc.cluster.local'
const DEADLINE_MS = 30_000
/** Tests that run at the same time are processes of their own. */
const block = `127.${100 + ((process.pid >> 8) % 100)}.${process.pid % 256}`

/** Whether this system lets us listen on loopback addresses other than 127.0.0.1. */
const hasManyAddresses = await new Promise<boolean>((resolve) => {
  const server = createServer().once('error', () => resolve(false))
  server.listen(0, '127.0.0.2', () => server.close(() => resolve(true)))
})

const keys = `a ${randomBytes(32).toString('base64')}`

const running: Child[] = []
let dns: DnsServer | undefined
afterEach(async () => {
  for (const child of running.splice(0)) await child.kill()
  await dns?.close()
})

describe('the program of the README', () => {
  it('is in the README', () => {
    expect(readFileSync(join(folder, '../../README.md'), 'utf8')).toContain(`\`\`\`ts\n${program}\`\`\`\n`)
  })

  it.skipIf(!hasManyAddresses)('finds two others by the name of its Service, and sees one die', async () => {
    const names = ['cache-0', 'cache-1', 'cache-2']
    const pods = names.map((hostname, i) => ({ hostname, addresses: [`${block}.${201 + i}`] }))
    dns = await startDnsServer()
    dns.setService({ name: SERVICE, pods })
    const children = await Promise.all(pods.map((pod) => start(pod.hostname, pod.addresses[0] as string)))
    const [first, second, third] = children as [Child, Child, Child]
    await Promise.all(
      children.map((child) => shows(child, names.map((name) => `'${name} alive'`).join(', '))),
    )
    await shows(first, 'cache-2 is here')
    await third.kill()
    await Promise.all([first, second].map((child) => shows(child, 'cache-2 is dead')))
    second.signal('SIGTERM')
    expect(await second.exited).toEqual({ code: null, signal: 'SIGTERM' })
    expect(first.lines.join('\n')).not.toContain('cache-1 is dead')
  })
})

async function start(name: string, address: string): Promise<Child> {
  const child = await spawnChild({
    args: [
      ...['--import', 'tsx', '--conditions=@rollcall/source'],
      ...['--import', join(import.meta.dirname, 'as-in-a-pod.mjs'), join(folder, 'main.js')],
    ],
    env: { POD_NAME: name, POD_IP: address, POD_DNS: dns?.server ?? '', POD_KEYS: keys },
    readyLine: ' is here',
    readyTimeoutMs: DEADLINE_MS,
  })
  running.push(child)
  return child
}

async function shows(child: Child, text: string): Promise<void> {
  await expect.poll(() => child.lines.join('\n'), { timeout: DEADLINE_MS, interval: 20 }).toContain(text)
}
