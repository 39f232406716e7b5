import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { CertificateSecurity, Cluster } from '../../src/index.ts'
import { LOOK_EVERY_MS } from '../../src/security/follower.ts'
import { nodePlatform } from '../../src/shell/node-platform.ts'
import type { Platform } from '../../src/shell/platform.ts'
import { Clusters, recorder } from '../shell/clusters.ts'
import { until } from '../shell/sockets.ts'
import { Authority, type Pem, type Wish } from './make-certificates.ts'
import { Talk } from './talk.ts'

const folder = mkdtempSync(join(tmpdir(), 'certificates-'))
/** Files are looked at more often than in production. */
const eager: Platform = {
  ...nodePlatform,
  setTimer: (run, delayMs) => nodePlatform.setTimer(run, delayMs === LOOK_EVERY_MS ? 20 : delayMs),
}
const clusters = new Clusters(eager)
afterEach(() => clusters.leave())
afterAll(() => rmSync(folder, { recursive: true }))

const [authority, next] = [new Authority('authority'), new Authority('next')]

/** The files of one member, mounted as Kubernetes mounts a Secret: links to a folder that is swapped as a whole. */
class Mount {
  readonly path: string
  #versions = 0

  constructor(name: string) {
    this.path = join(folder, `${name}-${Math.random()}`)
    mkdirSync(this.path)
    for (const file of ['tls.crt', 'tls.key', 'ca.crt']) symlinkSync(`..data/${file}`, join(this.path, file))
  }

  write({ cert, key }: Pem, ...authorities: Authority[]): void {
    const version = `..${this.#versions++}`
    mkdirSync(join(this.path, version))
    const files = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authorities.map((each) => each.cert).join('') }
    for (const [file, text] of Object.entries(files)) writeFileSync(join(this.path, version, file), text)
    symlinkSync(version, join(this.path, '..new'))
    renameSync(join(this.path, '..new'), join(this.path, '..data'))
  }

  /** Writes one file over what is there, as a program does that knows no better. */
  overwrite(file: string, text: string): void {
    writeFileSync(join(this.path, '..data', file), text)
  }

  get security(): CertificateSecurity {
    const at = (file: string) => join(this.path, file)
    const files = { cert: at('tls.crt'), key: at('tls.key'), ca: at('ca.crt') }
    return { certificates: { ...files, peerName: '*.cache' } }
  }
}

function mounted(name: string, wish: Wish = {}, signer = authority, trusted = [authority]): Mount {
  const mount = new Mount(name)
  mount.write(signer.issue({ dns: [`${name}.cache`], ...wish }), ...trusted)
  return mount
}

function stateOf(cluster: Cluster) {
  const { security } = cluster.diagnosis()
  if (security.type !== 'certificates') throw new Error('not by certificates')
  return security
}

describe('members with certificates', () => {
  it('find each other, and say what they show', async () => {
    const mounts = [mounted('m-0'), mounted('m-1')]
    const members: Cluster[] = []
    for (const [i, { security }] of mounts.entries())
      members.push(await clusters.join({ name: `m-${i}`, security }))
    await clusters.agreed(members)
    expect(stateOf(members[0] as Cluster)).toEqual({
      type: 'certificates',
      files: ['tls.crt', 'tls.key', 'ca.crt'].map((file) => join(mounts[0]?.path as string, file)),
      names: ['m-0.cache'],
      validFrom: expect.any(Number),
      validUntil: expect.any(Number),
      isExpired: false,
      isEarly: false,
      peerNames: ['*.cache'],
      objections: [],
      links: 1,
      outdated: 0,
    })
  })

  it('keep out who shows one of another authority or name, and both sides say why', async () => {
    const { lines, logger } = recorder()
    const member = await clusters.join({ name: 'in', security: mounted('in').security, logger })
    const foreign = await clusters.join({
      name: 'foreign',
      security: mounted('foreign', {}, next, [next]).security,
    })
    const misnamed = await clusters.join({
      name: 'misnamed',
      security: mounted('misnamed', { dns: ['misnamed.shop'] }).security,
    })
    const says = (one: Cluster, text: string) => one.diagnosis().text.includes(text)
    await until('all say so', () =>
      [
        says(foreign, 'Shows a certificate of no authority that is trusted here: 127.0.0.1:'),
        says(misnamed, 'Does not accept the certificate of this member: 127.0.0.1:'),
        says(misnamed, 'This member is misnamed.shop by its certificate, and members are *.cache'),
        says(member, 'Shows a certificate of no authority that is trusted here: 127.0.0.1:'),
        says(member, 'Shows a certificate of a name that peerName does not allow: 127.0.0.1:'),
        (member.diagnosis().counters['wrong-name'] ?? 0) > 0,
      ].every((isSaid) => isSaid),
    )
    expect([member, foreign, misnamed].map(({ view }) => view.members.length)).toEqual([1, 1, 1])
    expect(lines).toContainEqual(
      expect.stringContaining('refused: its certificate is for misnamed.shop, and members are *.cache'),
    )
  })

  it('may be bound to their names, so that none can take that of another', async () => {
    const security = (name: string) => {
      const { certificates } = mounted(name).security
      return { certificates: { ...certificates, peerName: '{name}.cache' } }
    }
    const members = [
      await clusters.join({ name: 'm-0', security: security('m-0') }),
      await clusters.join({ name: 'm-1', security: security('m-1') }),
    ]
    await clusters.agreed(members)
    const thief = await clusters.join({ name: 'm-0', security: security('m-2') })
    const double = await clusters.join({ name: 'M-1', security: security('m-1') })
    const says = (one: Cluster, text: string) => one.diagnosis().text.includes(text)
    await until('all say so', () =>
      [
        says(thief, 'Does not accept this member as who it is'),
        says(double, 'Does not accept this member as who it is'),
        ...members.map((one) => (one.diagnosis().counters['refused-4014'] ?? 0) > 0),
      ].every((isSaid) => isSaid),
    )
    await clusters.agreed(members)
  })

  it('leave one isolated whose certificate is for another name, though it hears their hellos', async () => {
    const security = (name: string, peerName = '{name}.cache') => ({
      certificates: { ...mounted(name).security.certificates, peerName },
    })
    const members = [
      await clusters.join({ name: 'm-0', security: security('m-0') }),
      await clusters.join({ name: 'm-1', security: security('m-1') }),
    ]
    const odd = await clusters.join({ name: 'm-9', security: security('m-2', '*.cache') })
    await until('it is isolated', () => odd.diagnosis().isolated, 10_000)
    await clusters.agreed(members)
  })

  it('do not start with what does not fit together', async () => {
    const mount = mounted('m-0')
    mount.overwrite('tls.key', authority.issue({ dns: ['x'] }).key)
    await expect(clusters.join({ security: mount.security })).rejects.toMatchObject({
      code: 'ERR_ROLLCALL_CERTIFICATE',
      part: 'key',
      path: join(mount.path, 'tls.key'),
    })
  })

  it('do not start with one that none would take, and warn of one that those with the same options will not', async () => {
    const { lines, logger } = recorder()
    const join = (mount: Mount) => clusters.join({ name: 'm-0', security: mount.security, logger })
    const client = mounted('m-0', { uses: ['client auth'] })
    await expect(join(client)).rejects.toMatchObject({ code: 'ERR_ROLLCALL_CERTIFICATE', part: 'cert' })
    const text = 'The certificate of this member is of no authority in its own ca'
    const foreign = await join(mounted('m-0', {}, next, [authority]))
    expect(foreign.diagnosis().text).toContain(text)
    expect(lines).toEqual([expect.stringContaining(text)])
  })

  it('keep what they had while files are half written, gone or expired, and say so', async () => {
    const mount = mounted('m-0')
    const { lines, logger } = recorder()
    const first = await clusters.join({ name: 'm-0', security: mount.security, logger })
    const second = await clusters.join({ name: 'm-1', security: mounted('m-1').security })
    await clusters.agreed([first, second])
    const problems: [() => void, RegExp][] = [
      [
        () => mount.overwrite('tls.crt', authority.issue({ dns: ['m-0.cache'] }).cert),
        /key \(.*\): does not belong/,
      ],
      [() => rmSync(join(mount.path, '..data')), /cannot be read \(ENOENT\)/],
      [() => mount.write(authority.issue({ dns: ['a'], until: new Date(1000) }), authority), /has expired/],
    ]
    for (const [happen, why] of problems) {
      happen()
      await until(`it says ${why}`, () => why.test(stateOf(first).problem ?? ''))
      expect(first.diagnosis().text).toMatch(/The certificates stay as they were: /)
    }
    expect(lines.filter((line) => line.startsWith('the certificates stay as they were'))).toHaveLength(3)
    await clusters.agreed([
      first,
      second,
      await clusters.join({ name: 'm-2', security: mounted('m-2').security }),
    ])
    mount.write(authority.issue({ dns: ['m-0.cache', 'm-0'] }), authority)
    await until('it has taken the new one', () => stateOf(first).problem === undefined)
    expect(stateOf(first).names).toEqual(['m-0.cache', 'm-0'])
  })
})

describe('certificates that are renewed while messages go on', () => {
  it('replace what has to be, without a suspicion or a request lost', async () => {
    const mounts = Array.from({ length: 5 }, (_, i) => mounted(`m-${i}`))
    const members: Cluster[] = []
    for (const [i, { security }] of mounts.entries())
      members.push(await clusters.join({ name: `m-${i}`, security }))
    await clusters.agreed(members)
    const talk = new Talk(members)
    let renewals = 0
    /** New certificates for all, one after the other, in each step. */
    const step = async (signer: Authority, trusted: Authority[]) => {
      renewals++
      const before = members.map((member) => stateOf(member).validUntil)
      for (const [i, mount] of mounts.entries()) {
        const later = new Date(Date.now() + 7_200_000 + 60_000 * renewals)
        mount.write(signer.issue({ dns: [`m-${i}.cache`], until: later }), ...trusted)
        const reached = talk.answered + 20
        await until('requests go on', () => talk.answered > reached)
      }
      const isTaken = (member: Cluster, i: number) => stateOf(member).validUntil !== before[i]
      await until('all have taken it', () => members.every(isTaken), 20_000)
      const areLinked = (member: Cluster) => stateOf(member).links === 4 && stateOf(member).outdated === 0
      await until('all links are of trusted authorities', () => members.every(areLinked), 20_000)
    }
    const instances = () => members.map(({ view }) => view.members.map(({ instance }) => instance).join())
    const same = instances()
    await step(authority, [authority])
    await step(authority, [authority, next])
    await step(next, [authority, next])
    await step(next, [next])
    await talk.end()
    expect(talk.troubles).toEqual([])
    expect(instances()).toEqual(same)
  }, 60_000)
})
