import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { join, type Security, type TokenBearer, type TokenIdentity } from '../../src/index.ts'
import { Clusters, recorder } from '../shell/clusters.ts'
import { until } from '../shell/sockets.ts'

const clusters = new Clusters()
const cleanUp: (() => void)[] = []
afterEach(async () => {
  await clusters.leave()
  for (const clean of cleanUp.splice(0)) clean()
})

const keys = [{ id: 'a', secret: 'a'.repeat(32) }]

/** A platform that gives each its token, and says whose a token is. */
const tokenOf = (name: string) => `platform.says.this-is-${name}`
const verify = async (token: string, { name }: TokenBearer) => {
  if (!token.startsWith('platform.')) throw new Error(`no token of ours: ${token}`)
  return token === tokenOf(name)
}
const security = (name: string, change: Partial<TokenIdentity> = {}): Security => ({
  keys,
  token: { read: () => tokenOf(name), verify, ...change },
})

describe('members that show tokens', () => {
  it('find each other, and none of the tokens can be seen', async () => {
    const { lines, fields, logger } = recorder()
    const names = ['m-0', 'm-1', 'm-2']
    const members = []
    for (const name of names) members.push(await clusters.join({ name, logger, security: security(name) }))
    await clusters.agreed(members)
    const diagnosis = members[0]?.diagnosis()
    expect(diagnosis?.security).toMatchObject({ type: 'keys', token: { verifies: true } })
    expect(JSON.stringify([diagnosis, members.map(({ view }) => view), lines, fields])).not.toContain(
      'this-is',
    )
  })

  it('keep out whose token is not good, is of another name, or is missing, and both sides say so', async () => {
    const { lines, fields, logger } = recorder()
    const member = await clusters.join({ name: 'in', security: security('in'), logger })
    const outside = [
      await clusters.join({ name: 'out-0', security: security('out-0', { read: () => 'forged' }) }),
      await clusters.join({ name: 'out-1', security: security('other') }),
      await clusters.join({ name: 'out-2', security: { keys } }),
    ]
    await until('they know', () =>
      outside.every((one) => one.diagnosis().text.includes('Does not accept this member as who it is')),
    )
    await until('it knows', () => member.diagnosis().text.includes('Does not prove who it is'))
    expect(member.diagnosis().counters['refused-4014']).toBeGreaterThanOrEqual(3)
    // One line about them all: it is one a minute for each address.
    expect(lines).toContainEqual(expect.stringMatching(/refused: .*out-\d/))
    expect(member.view.members.map(({ name }) => name)).toEqual(['in'])
    expect(JSON.stringify([lines, fields])).not.toContain('forged')
  })

  it('come to that in two rollouts, with members of before among them', async () => {
    const before = await clusters.join({ name: 'm-0', security: { keys } })
    const second = await clusters.join({ name: 'm-1', security: security('m-1', { verify: 'not-yet' }) })
    await clusters.agreed([before, second])
    expect(second.diagnosis().security).toMatchObject({ token: { verifies: false } })
    await before.leave()
    const first = await clusters.join({ name: 'm-0', security: security('m-0', { verify: 'not-yet' }) })
    await clusters.agreed([first, second])
    const third = await clusters.join({ name: 'm-2', security: security('m-2') })
    await clusters.agreed([first, second, third])
  })

  it('follow the file of their token, and say when it cannot be read', async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), 'token-'))
    cleanUp.push(() => rmSync(folder, { recursive: true }))
    const path = joinPath(folder, 'token')
    const withFile = { name: 'm-0', security: security('m-0', { read: path }) }
    await expect(clusters.join(withFile)).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_TOKEN',
      message: expect.stringContaining(path),
    })
    writeFileSync(path, `${tokenOf('m-0')}\n`)
    const first = await clusters.join(withFile)
    const second = await clusters.join({ name: 'm-1', security: security('m-1') })
    await clusters.agreed([first, second])
    rmSync(path)
    await clusters.join({ name: 'm-2', security: security('m-2') })
    await until('it says so', () =>
      first.diagnosis().text.includes('The token of this member could not be read'),
    )
    expect(first.diagnosis().security).toMatchObject({
      token: { problem: expect.stringContaining('ENOENT') },
    })
    writeFileSync(path, tokenOf('m-0'))
    await until('all are there', () => first.view.members.length === 3)
    await until('it says no more', () => !first.diagnosis().text.includes('could not be read'))
  })

  it('tell no token that is in an error of reading it', async () => {
    const { lines, fields, logger } = recorder()
    let isBroken = true
    const read = () => {
      if (isBroken) throw Object.assign(new Error(`could not use ${tokenOf('m-0')}`), { code: 'E_USE' })
      return tokenOf('m-0')
    }
    const options = { name: 'm-0', logger, security: security('m-0', { read }) }
    const error: unknown = await clusters.join(options).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_ROLLCALL_TOKEN', message: expect.stringContaining('E_USE') })
    expect(inspect(error)).not.toContain('this-is')
    isBroken = false
    const member = await clusters.join(options)
    isBroken = true
    await clusters.join({ name: 'm-1', security: security('m-1') })
    await until('it says so', () => member.diagnosis().text.includes('token.read failed (Error E_USE)'))
    await until('it is logged', () => lines.some((line) => line.includes('Error E_USE')))
    expect(JSON.stringify([member.diagnosis(), lines, fields])).not.toContain('this-is')
  })
})

describe('the option token', () => {
  const check = (given: unknown) =>
    join({ seeds: async () => [], host: '127.0.0.1', port: 0, security: given as Security })

  it('does not tell a token that was given for a path and begins like one', async () => {
    const read = `/${'Zz'.repeat(16)}`
    const error: unknown = await check({ keys, token: { read, verify } }).catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'ERR_ROLLCALL_TOKEN',
      message: 'security.token.read: the given path cannot be read (ENOENT)',
    })
    expect(inspect(error)).not.toContain('Zz')
  })

  it.each<[string, unknown, RegExp]>([
    [
      'without keys or certificates',
      { token: { read: '/t', verify } },
      /option security\.token: expected keys or/,
    ],
    ['without a way to read it', { keys, token: { verify } }, /option security\.token\.read/],
    ['with an empty path', { keys, token: { read: '', verify } }, /option security\.token\.read/],
    ['without a verifier', { keys, token: { read: '/t' } }, /option security\.token\.verify: .*'not-yet'/],
    ['that is no object', { keys, token: 'secret' }, /option security\.token: expected an object/],
    [
      'with a name that does not exist',
      { keys, token: { read: '/t', verfy: verify } },
      /such as security\.token\.verify/,
    ],
  ])('is refused %s', async (_, given, why) => {
    await expect(check(given)).rejects.toThrow(why)
  })
})
