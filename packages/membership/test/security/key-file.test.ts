import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { DEFAULT_KEY_FILE, type JoinOptions } from '../../src/index.ts'
import { joinOn } from '../../src/join.ts'
import { nodePlatform } from '../../src/shell/node-platform.ts'
import { Clusters, recorder } from '../shell/clusters.ts'
import { until } from '../shell/sockets.ts'
import { uses } from './key-uses.ts'

const clusters = new Clusters()
const folders: string[] = []
afterEach(async () => {
  await clusters.leave()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

const seeds = async () => []

describe('a key file', () => {
  /** A folder that is changed as Kubernetes changes a mounted Secret. */
  async function mountedSecret(content: string) {
    const folder = await mkdtemp(joinPath(tmpdir(), 'keys-'))
    folders.push(folder)
    let versions = 0
    const update = async (text: string) => {
      const version = `..version-${++versions}`
      await mkdir(joinPath(folder, version))
      await writeFile(joinPath(folder, version, 'keys'), text)
      await symlink(version, joinPath(folder, '..next'))
      await rename(joinPath(folder, '..next'), joinPath(folder, '..data'))
    }
    await update(content)
    await symlink('..data/keys', joinPath(folder, 'keys'))
    return { path: joinPath(folder, 'keys'), update }
  }

  it('is followed: other keys replace links, and a bad one is told and changes nothing', async () => {
    const { path, update } = await mountedSecret(`a ${'a'.repeat(32)}\n`)
    const { lines, logger } = recorder()
    const members = await clusters.form(3, { security: { keys: path }, logger })
    await update(`b ${'b'.repeat(32)}\na ${'a'.repeat(32)}\n`)
    await until('it has been read', () => members.every((member) => uses(member).accepted.b === 0))
    await update(`b ${'b'.repeat(32)}\n`)
    await until('links follow', () => members.every((member) => uses(member).accepted.b === 2))
    await update('b short')
    await until('it is told', () =>
      members.every((member) => member.diagnosis().text.includes('The keys stay as they were')),
    )
    expect(members.map((member) => member.diagnosis().security)).toMatchObject([
      { file: path },
      { file: path },
      { file: path },
    ])
    expect(lines).toContainEqual(expect.stringContaining(`other keys in ${path}: b, a`))
    expect(lines.join()).not.toContain('bbbb')
    await clusters.agreed(members)
  })

  it('that is bad at the start, or is not there, is an error of join', async () => {
    const { path } = await mountedSecret('a short')
    await expect(clusters.join({ security: { keys: path } })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_KEY_FILE',
      path,
    })
    await expect(clusters.join({ security: { keys: `${path}-none` } })).rejects.toThrow(
      /cannot be read \(ENOENT\)/,
    )
  })

  it('is not told where it is no file and may be a secret', async () => {
    const secrets = [`/${'Z'.repeat(40)}`, `/${'Z'.repeat(300)}`, `/abc/ZZ+f${'z/'.repeat(20)}=`]
    for (const keys of secrets) {
      const error: unknown = await clusters.join({ security: { keys } }).catch((thrown) => thrown)
      expect(error).toMatchObject({ code: 'ERR_ROLLCALL_KEY_FILE', path: 'the given path' })
      expect((error as Error).message).toMatch(/^key file at the given path: cannot be read \(E/)
      expect(inspect(error)).not.toContain('ZZ')
    }
  })

  /** Joins where the default path has this content. */
  const joinWith = (content: string | NodeJS.ErrnoException, options: Partial<JoinOptions> = {}) => {
    const readTextFile = async (path: string) => {
      expect(path).toBe(DEFAULT_KEY_FILE)
      if (content instanceof Error) throw content
      return content
    }
    return joinOn({ ...nodePlatform, readTextFile }, { seeds, port: 0, ...options })
  }
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' })

  it('at the default path is used when nothing else is said, on all interfaces', async () => {
    await using cluster = await joinWith(`a ${'a'.repeat(32)}`)
    expect(cluster.diagnosis().security).toMatchObject({ type: 'keys', file: DEFAULT_KEY_FILE, dials: 'a' })
  })

  it('at the default path that cannot be used is an error, not an open port', async () => {
    const denied = Object.assign(new Error('denied'), { code: 'EACCES' })
    await expect(joinWith(denied)).rejects.toThrow(/cannot be read \(EACCES\)/)
    await expect(joinWith('a short', { host: '127.0.0.1' })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_KEY_FILE',
    })
  })

  it('is asked for, with the lines to add, when there is none and an address is not loopback', async () => {
    const error: unknown = await joinWith(missing).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_ROLLCALL_SECURITY_REQUIRED' })
    for (const line of [
      "security: { keys: [{ id: 'a', secret:",
      'openssl rand -base64 32',
      'kubectl create secret',
      "security: 'none'",
    ])
      expect((error as Error).message).toContain(line)
    await using cluster = await joinWith(missing, { host: '127.0.0.1' })
    expect(cluster.diagnosis().security).toEqual({ type: 'none' })
  })
})
