// The certificates of a cluster are renewed while its processes talk, by another authority, which then is the only one that is
// trusted: each process has files of its own, and they change one file after the other.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Authority } from '../../packages/membership/test/security/make-certificates.ts'
import { Talkers } from './support/talkers.ts'

const SIZE = 5
const names = Array.from({ length: SIZE }, (_, i) => `m-${i}`)
const [former, next] = [new Authority('former'), new Authority('next')]

let folder: string
const talkers = new Talkers()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-renewal-'))
  for (const name of names) {
    mkdirSync(join(folder, name))
    trust(name, former, next)
    issue(name, former, 1)
  }
  await talkers.start(names, (name) => {
    const at = (file: string) => join(folder, name, file)
    const files = { cert: at('tls.crt'), key: at('tls.key'), ca: at('ca.crt') }
    return { certificates: { ...files, peerName: '{name}.cache' } }
  })
}, 60_000)

afterAll(async () => {
  await talkers.kill()
  rmSync(folder, { recursive: true })
})

function change(name: string, file: string, content: string): void {
  const path = join(folder, name, file)
  writeFileSync(`${path}.next`, content)
  renameSync(`${path}.next`, path)
}

function trust(name: string, ...authorities: Authority[]): void {
  change(name, 'ca.crt', authorities.map(({ cert }) => cert).join(''))
}

/** A certificate for so many hours, and after it its key. */
function issue(name: string, authority: Authority, hours: number): void {
  const until = new Date(Date.now() + hours * 3_600_000)
  const { cert, key } = authority.issue({ dns: [`${name}.cache`], until })
  change(name, 'tls.crt', cert)
  change(name, 'tls.key', key)
}

/** Waits until all show certificates that end so late, and have links by authorities that they trust and no others. */
async function secured(hours: number): Promise<void> {
  const atLeast = Date.now() + (hours - 0.5) * 3_600_000
  await talkers.secured(`certificates for ${hours} h`, (security) => {
    if (security.type !== 'certificates' || security.problem !== undefined) return false
    const { validUntil = 0, links, outdated } = security
    return validUntil > atLeast && links === SIZE - 1 && outdated === 0
  })
}

describe('the certificates of five processes that talk', () => {
  it('are renewed by another authority without a suspicion, and without a request lost', async () => {
    await secured(1)
    for (const name of names) {
      issue(name, next, 2)
      await talkers.talkOn()
    }
    await secured(2)
    for (const name of names) {
      trust(name, next)
      await talkers.talkOn()
    }
    // Links by the former authority are replaced as each member learns that it is trusted no more.
    for (const name of names) issue(name, next, 3)
    await secured(3)
    await talkers.talkOn()
    for (const talk of talkers.talks()) expect(talk).toMatchObject({ alive: SIZE, failed: [], told: [] })
  }, 180_000)
})
