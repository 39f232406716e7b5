// `npm run cache` as a process, and how it ends.
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Child, spawnChild } from '@rollcall/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Pods } from '../../src/laptop/pods.ts'
import { programArguments } from '../service/processes.ts'

async function start(): Promise<{
  readonly laptop: Child
  readonly pids: number[]
  readonly ports: number[]
}> {
  const laptop = await spawnChild({
    args: [...programArguments('laptop/main.ts'), '--pods', '2'],
    readyLine: 'Ctrl-C ends all pods',
    readyTimeoutMs: 60_000,
  })
  onTestFinished(async () => void (await laptop.kill()))
  const rows = laptop.lines.flatMap((line) => {
    const row = /^ {2}cache-\d +(\d+) +redis-cli -p (\d+)/.exec(line)
    return row === null ? [] : [[Number(row[1]), Number(row[2])] as const]
  })
  return { laptop, pids: rows.map(([pid]) => pid), ports: rows.map(([, port]) => port) }
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function until(isMet: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!isMet()) {
    if (Date.now() > deadline) throw new Error('not in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe.skipIf(process.platform === 'win32')('npm run cache', () => {
  it('starts pods that answer, starts a killed one again, and ends all of them at Ctrl-C', async () => {
    const { laptop, pids, ports } = await start()
    expect(pids).toHaveLength(2)
    for (const port of ports) {
      const socket = connect(port, '127.0.0.1').setEncoding('utf8')
      socket.write('PING\r\n')
      expect((await once(socket, 'data'))[0]).toBe('+PONG\r\n')
      socket.destroy()
    }
    process.kill(pids[1] as number, 'SIGKILL')
    await until(() => laptop.lines.filter((line) => line === 'cache-1 is ready').length === 2)
    expect(laptop.lines).toContain('cache-1 has ended (SIGKILL) and is started again')
    // Again, and once more before it is ready.
    const restarted = () =>
      laptop.lines.flatMap((line) => /^cache-1 is process (\d+) now$/.exec(line)?.[1] ?? []).map(Number)
    process.kill(restarted()[0] as number, 'SIGKILL')
    await until(() => restarted().length === 2)
    process.kill(restarted()[1] as number, 'SIGKILL')
    await until(() => laptop.lines.filter((line) => line === 'cache-1 is ready').length === 3)
    expect(restarted()).toHaveLength(3)
    laptop.signal('SIGINT')
    expect(await laptop.exited).toEqual({ code: 0, signal: null })
    expect(laptop.lines.slice(-2).toSorted()).toEqual(['cache-0 has left', 'cache-1 has left'])
    expect(pids.filter(runs)).toEqual([])
  })

  it('says once what is wrong for all pods, and starts none', async () => {
    const args = [...programArguments('laptop/main.ts'), '--pods', '2']
    const env = { TTL_MS: 'soon' }
    const laptop = spawnChild({ args, env, readyLine: 'Ctrl-C ends all pods', readyTimeoutMs: 60_000 })
    await expect(laptop).rejects.toThrow(/code 1, signal null\)[^\n]*\nTTL_MS: expected [^\n]*, got 'soon'$/)
  })

  it('ends when its pods cannot start, and says why', async () => {
    const lines: string[] = []
    const env = { TTL_MS: 'soon', NODE_OPTIONS: '--import tsx' }
    const pods = new Pods(env, (line) => lines.push(line))
    const places = [0, 1].map((i) => ({ name: `cache-${i}`, peerPort: 1, respPort: 1, httpPort: 1 }))
    void pods.start(places)
    expect(await pods.ended).toBe(false)
    expect(lines).toContainEqual(expect.stringMatching(/^TTL_MS: expected .*, got 'soon'$/))
    expect(lines).toContainEqual(expect.stringMatching(/^cache-\d could not start; ending the others$/))
  })

  it('leaves no pod behind when it is killed itself', async () => {
    const { laptop, pids } = await start()
    await laptop.kill()
    await until(() => !pids.some(runs))
  })
})
