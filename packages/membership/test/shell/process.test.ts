import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { Certificate, Cluster } from '../../src/index.ts'
import { Clusters, memberOf } from './clusters.ts'
import { until } from './sockets.ts'

const clusters = new Clusters()
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await clusters.leave()
})

// A process is number 1 in a namespace of its own, which takes Linux and a user who may have one.
const unshare = ['--user', '--map-root-user', '--pid', '--fork', '--kill-child']
const canBeProcess1 = spawnSync('unshare', [...unshare, 'true']).status === 0

const program = fileURLToPath(new URL('./member-process.ts', import.meta.url))

/** Starts a member in its own process, which finds the given one. */
function member(name: string, of: Cluster, ...more: string[]): { child: ChildProcess; output: () => string } {
  return started([process.execPath, ...programOf(name, of, ...more)])
}

/** Arguments for node. */
function programOf(name: string, of: Cluster, ...more: string[]): string[] {
  const seed = of.view.self.addresses[0] as string
  return ['--conditions=@rollcall/source', '--import', 'tsx', program, name, seed, ...more]
}

function started([command = '', ...args]: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  let output = ''
  child.stdout.on('data', (data) => {
    output += data
  })
  return { child, output: () => output }
}

describe('a member in a process of its own', () => {
  it('is failed once it is killed, and has not left', async () => {
    const survivors = await clusters.form(2)
    const { child } = member('victim', survivors[0] as Cluster)
    const everywhere = (state: string) => () =>
      survivors.every((one) => memberOf(one, 'victim')?.state === state)
    await until('the victim is in', everywhere('alive'), 20_000)
    const left: string[] = []
    survivors[0]?.on('member-left', ({ member }) => left.push(member.name))
    const certificates: Certificate[] = []
    for (const survivor of survivors) {
      survivor.on('member-failed', ({ why, certificate }) => {
        expect(certificate.why).toEqual(why)
        certificates.push(certificate)
      })
    }
    const killedAt = Date.now()
    child.kill('SIGKILL')
    await until('the victim is failed', everywhere('failed'))
    expect(left).toEqual([])
    for (const [i, certificate] of certificates.entries()) {
      const { name, state, why, evidence, since, text } = certificate
      expect({ name, state, why: why?.type }).toEqual({
        name: 'victim',
        state: 'failed',
        why: expect.any(String),
      })
      expect(JSON.parse(JSON.stringify(certificate))).toEqual(certificate)
      expect(text).toMatch(/^victim failed: /)
      expect(evidence.some(({ type }) => type === 'link-ended')).toBe(true)
      for (const at of [since, ...evidence.map((each) => each.at)]) {
        expect(Math.abs(at - killedAt)).toBeLessThan(60_000)
      }
      expect(Object.isFrozen(certificate) && Object.isFrozen(evidence[0])).toBe(true)
      expect(survivors[i]?.explain('victim')).toMatchObject({ name: 'victim', state: 'failed' })
    }
    expect(certificates).toHaveLength(2)
  })

  it('leaves on SIGTERM when asked to, and then ends by that signal', async () => {
    const here = await clusters.join({ name: 'here' })
    const { child, output } = member('there', here, 'signals')
    await until('it is in', () => memberOf(here, 'there')?.state === 'alive', 20_000)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
    expect(output()).toContain('closed')
    await until('it is known to have left', () => memberOf(here, 'there')?.state === 'left')
  })

  it.skipIf(!canBeProcess1)('ends on SIGTERM as process 1 too, whatever is still open', async () => {
    const here = await clusters.join({ name: 'here' })
    const node = [process.execPath, ...programOf('there', here, 'terminates')]
    const { child, output } = started(['unshare', ...unshare, ...node])
    expect(await once(child, 'exit')).toEqual([143, null])
    expect(output()).toContain('closed')
  })

  it('hands over on SIGTERM before it says goodbye, and then ends by that signal', async () => {
    const here = await clusters.join({ name: 'here' })
    const { child, output } = member('there', here, 'handover')
    await until('it is in', () => memberOf(here, 'there')?.state === 'alive', 20_000)
    child.kill('SIGTERM')
    await until('it hands over', () => output().includes('handing over true'))
    await until('it is known to be leaving', () => memberOf(here, 'there')?.leaving === true)
    expect(['alive', 'suspect']).toContain(memberOf(here, 'there')?.state)
    child.kill('SIGUSR2')
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
    expect(output()).toMatch(/handed over\nclosed/)
    await until('it is known to have left', () => memberOf(here, 'there')?.state === 'left')
  })

  it('ends at once by a second signal, in the midst of a handover', async () => {
    const here = await clusters.join({ name: 'here' })
    const { child, output } = member('there', here, 'endless-handover')
    await until('it is in', () => memberOf(here, 'there')?.state === 'alive', 20_000)
    child.kill('SIGTERM')
    await until('it hands over', () => output().includes('handing over'))
    const again = setInterval(() => child.kill('SIGTERM'), 20)
    try {
      expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
    } finally {
      clearInterval(again)
    }
    expect(output()).not.toContain('closed')
  })

  it('ends at once by a second signal, without waiting for goodbyes', async () => {
    const here = await clusters.join({ name: 'here' })
    const { child, output } = member('there', here, 'slow-leave')
    await until('it is in', () => memberOf(here, 'there')?.state === 'alive', 20_000)
    child.kill('SIGTERM')
    await until('it is leaving', () => output().includes('signal'))
    const again = setInterval(() => child.kill('SIGTERM'), 20)
    try {
      expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
    } finally {
      clearInterval(again)
    }
    expect(output()).not.toContain('closed')
  })

  it('takes two signals close together for one, however long its event loop is blocked between them', async () => {
    const here = await clusters.join({ name: 'here' })
    const { child, output } = member('there', here, 'blocked')
    await until('it is in', () => memberOf(here, 'there')?.state === 'alive', 20_000)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM'])
    expect(output()).toContain('closed')
    await until('it is known to have left', () => memberOf(here, 'there')?.state === 'left')
  })

  it('lets the process end by itself after leave(), whoever handles the signal', async () => {
    const here = await clusters.join({ name: 'here' })
    const { child } = member('there', here, 'other-listener')
    await until('it is in', () => memberOf(here, 'there')?.state === 'alive', 20_000)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([7, null])
    await until('it is known to have left', () => memberOf(here, 'there')?.state === 'left')
  })
})
