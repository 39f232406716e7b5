import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { CloseCode } from '../../src/core/close-code.ts'
import type { Message } from '../../src/core/message.ts'
import { readHello, withToken } from '../../src/security/hello-token.ts'
import { TokenGate, type TokenGateOptions } from '../../src/security/token-gate.ts'
import type { TokenBearer, TokenIdentity } from '../../src/security/token-option.ts'
import { decodeFrame, encodeFrames } from '../../src/shell/codec.ts'
import type { Connection } from '../../src/shell/connection.ts'
import { nodePlatform } from '../../src/shell/node-platform.ts'
import { hello, peer } from '../core/one-core.ts'
import { until } from '../shell/sockets.ts'
import { pair } from './pair.ts'

const SECRET = 'header-of-a.payload-of-a.signature-of-a'
const ping: Message = { type: 'ping', seq: 1, hash: { high: 0, low: 0 }, updates: [] }
const member = (name: string) => peer(name, {}, ['10.0.0.9:1'])
const frameOf = (message: Message) => encodeFrames(message)[0] as Uint8Array
const withTokenOf = (name: string, change: object = {}) =>
  withToken(frameOf(hello(member(name), change)), SECRET)
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
const kindOf = (frame: Uint8Array) => {
  const decoded = decodeFrame(frame)
  return decoded.type === 'message' ? decoded.message.type : decoded.type
}

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const clean of cleanUp.splice(0)) clean()
})

/** A gate, and what it has reported. */
function gateOf(token: Partial<TokenIdentity> = {}, options: Partial<TokenGateOptions> = {}) {
  const refused: string[] = []
  const problems: (string | undefined)[] = []
  const gate = new TokenGate({
    token: { read: () => SECRET, verify: () => true, ...token },
    ids: { clusterId: 'c' },
    platform: nodePlatform,
    helloTimeoutMs: 5000,
    refused: (...report) => refused.push(report.join(' ')),
    unreadable: ({ message }) => problems.push(message),
    ...options,
  })
  cleanUp.push(() => gate.close())
  return { gate, refused, problems }
}

/** A link over a connection: says hello, and keeps what it is told. */
class FakeLink {
  readonly name: string
  readonly frames: string[] = []
  readonly breaches: string[] = []
  closedWith: number | undefined | 'open' = 'open'
  connection: Connection | undefined

  constructor(name: string) {
    this.name = name
  }

  readonly open = (connection: Connection): void => {
    this.connection = connection
    connection.start({
      frame: (frame) => this.frames.push(kindOf(frame)),
      breach: (breach, detail) => {
        this.breaches.push(`${breach}: ${detail}`)
        connection.close(CloseCode.unverified, 'refused')
      },
      closed: (code) => {
        this.closedWith = code
      },
    })
    connection.send(frameOf(hello(member(this.name))))
  }
}

/** Both ends with gates, `a` dialing `b`. */
function meet(gateOfA: TokenGate, gateOfB: TokenGate) {
  const [dialed, accepted] = pair()
  const [a, b] = [new FakeLink('a'), new FakeLink('b')]
  const failed: string[] = []
  gateOfB.accept(accepted, b.open)
  const dial = gateOfA.dial(dialed, { opened: a.open, failed: (why) => failed.push(why) })
  return { a, b, dialed, accepted, dial, failed }
}

describe('members that show tokens', () => {
  it('open a link when both tokens are good, and hand on what else was said in order', async () => {
    const bearers: string[] = []
    const verify = (token: string, { name, remoteAddress }: TokenBearer) => {
      bearers.push(`${name} ${remoteAddress} ${token === SECRET}`)
      return true
    }
    const { a, b } = meet(gateOf({ verify }).gate, gateOf({ verify }).gate)
    await until('both have the hello', () => a.frames.length + b.frames.length === 2)
    a.connection?.send(frameOf(ping))
    b.connection?.send(frameOf(ping))
    await until('both have the ping', () => a.frames.length + b.frames.length === 4)
    expect([a.frames, b.frames]).toEqual([
      ['hello', 'ping'],
      ['hello', 'ping'],
    ])
    expect(bearers).toEqual(['a 10.0.0.1 true', 'b 10.0.0.2 true'])
  })

  it('read nothing beyond the hello until the verifier has said yes', async () => {
    let say: (isGood: boolean) => void = () => {}
    const verify = () => new Promise<boolean>((resolve) => (say = resolve))
    const [dialed, accepted] = pair()
    const link = new FakeLink('b')
    gateOf({ verify }).gate.accept(accepted, link.open)
    const first = withTokenOf('a')
    dialed.sendTogether(first, frameOf(ping))
    await until('it has come', () => accepted.read.length === 2)
    dialed.send(frameOf({ ...ping, seq: 2 }))
    await turns(5)
    expect(accepted.isPaused).toBe(true)
    expect(accepted.read).toHaveLength(2)
    expect([link.connection, dialed.read]).toEqual([undefined, []])
    say(true)
    await until('all has come', () => link.frames.length === 3)
    expect(link.frames).toEqual(['hello', 'ping', 'ping'])
  })

  it('show none to a peer that dials and whose own was not good', async () => {
    const { gate } = gateOf({ verify: () => false })
    const { dialed, accepted, b } = meet(gateOf().gate, gate)
    await until('it is closed', () => accepted.closedWith !== undefined)
    expect(dialed.read).toEqual([])
    expect(b.connection).toBeUndefined()
  })

  it('read their own anew for each link', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'token-')), 'token')
    cleanUp.push(() => rmSync(path))
    const seen: string[] = []
    const verify = (token: string) => seen.push(token) > 0
    const [ours, theirs] = [gateOf({ read: path }).gate, gateOf({ verify }).gate]
    for (const token of ['first', 'second']) {
      writeFileSync(`${path}.new`, `${token}\n`)
      renameSync(`${path}.new`, path)
      const { b } = meet(ours, theirs)
      await until('it has the hello', () => b.frames.length === 1)
    }
    expect(seen).toEqual(['first', 'second'])
  })

  it('have tokens checked for the ids of their own cluster, whatever id the peer goes by', async () => {
    const audiences: unknown[] = []
    const verify = (_: string, { clusterIds }: TokenBearer) => audiences.push(clusterIds) > 0
    const [dialed, accepted] = pair()
    const ids = { clusterId: 'c', alsoClusterIds: ['next'] }
    gateOf({ verify }, { ids }).gate.accept(accepted, new FakeLink('b').open)
    dialed.send(withTokenOf('a', { clusterId: 'elsewhere', alsoClusterIds: ['c'] }))
    await until('it was asked', () => audiences.length > 0)
    expect(audiences).toEqual([['c', 'next']])
  })

  it('hear a peer that looks at no tokens, though it says hello before their own token was read', async () => {
    let give: (token: string) => void = () => {}
    const read = () => new Promise<string>((resolve) => (give = resolve))
    const [dialed, accepted] = pair()
    const [a, b] = [new FakeLink('a'), new FakeLink('b')]
    gateOf({ read, verify: 'not-yet' }).gate.dial(dialed, { opened: a.open, failed: () => {} })
    b.open(accepted)
    await until('its hello has come', () => dialed.read.length === 1)
    await turns(5)
    give(SECRET)
    await until('both have the hello', () => a.frames.length + b.frames.length === 2)
    b.connection?.send(frameOf(ping))
    await until('the ping has come', () => a.frames.length === 2)
    expect(a.frames).toEqual(['hello', 'ping'])
  })

  it('let everybody in while they do not verify yet', async () => {
    const [dialed, accepted] = pair()
    const link = new FakeLink('b')
    gateOf({ verify: 'not-yet' }).gate.accept(accepted, link.open)
    dialed.send(frameOf(hello(member('a'))))
    await until('both have come', () => link.frames.length + dialed.read.length === 2)
    const [answer] = dialed.read
    expect(answer && readHello(answer)).toMatchObject({ token: SECRET })
  })
})

describe('a peer without a good token', () => {
  const never = () => new Promise<boolean>(() => {})
  const throws = () => {
    throw new Error(`jwt malformed: ${SECRET}, signature-of-a`)
  }

  it.each<[string, Partial<TokenIdentity>, string]>([
    ['that the verifier refuses', { verify: () => false }, 'the token of a was not accepted'],
    ['on which the verifier has no word', { verify: (() => {}) as never }, 'the token of a was not accepted'],
    [
      'at which the verifier throws',
      { verify: throws },
      'the token of a was not accepted: jwt malformed: …, …',
    ],
    [
      'at which the verifier rejects',
      { verify: async () => throws() },
      'the token of a was not accepted: jwt malformed: …, …',
    ],
    [
      'a part of which the verifier throws',
      {
        verify: () => {
          throw new Error(`cannot parse ${SECRET.slice(3, 25)}...`)
        },
      },
      'the token of a was not accepted: cannot parse …...',
    ],
    [
      'at which the verifier throws several lines',
      {
        verify: () => {
          throw new Error('one\n\u001b[31mtwo')
        },
      },
      'the token of a was not accepted: one [31mtwo',
    ],
    [
      'at which the verifier throws what has a number for a text',
      { verify: () => Promise.reject(Object.assign(new Error(), { message: 5 })) },
      'the token of a was not accepted: an error without a text',
    ],
    [
      'at which the verifier throws what cannot be shown',
      { verify: () => Promise.reject(Object.create(null)) },
      'the token of a was not accepted: an error without a text',
    ],
    [
      'to which the verifier never answers',
      { verify: never },
      'the token of a was not accepted: token.verify did not answer within 40 ms',
    ],
  ])('%s is turned away when it dials, and not told why', async (_, token, why) => {
    const { gate, refused } = gateOf(token, { helloTimeoutMs: 100 })
    const { a, b, accepted } = meet(gateOf().gate, gate)
    await until('it is closed', () => a.closedWith !== 'open')
    expect(refused).toEqual([`refused-4014 ::ffff:10.0.0.1 ${why}`])
    expect(accepted.closedWith).toEqual({ code: 4014, reason: 'not proven to be who it says' })
    expect([a.closedWith, a.frames, b.connection]).toEqual([4014, [], undefined])
  })

  it('is turned away when it was dialed, and its hello goes no further', async () => {
    const { a, b } = meet(gateOf({ verify: throws }).gate, gateOf().gate)
    await until('it is closed', () => b.closedWith !== 'open')
    expect(a.breaches).toEqual(['unverified: the token of b was not accepted: jwt malformed: …, …'])
    expect(a.frames).toEqual([])
  })

  it.each<[string, Uint8Array[], number, string]>([
    ['shows none', [frameOf(hello(member('a')))], 4014, 'a shows no token'],
    ['says something else first', [frameOf(ping)], 4004, 'ping before hello'],
    ['says nothing that can be read', [Uint8Array.of(0xc1)], 4004, 'not plain MessagePack'],
    [
      'is of another cluster',
      [withTokenOf('a', { clusterId: 'other' })],
      4002,
      'peer belongs to cluster "other", this is "c"',
    ],
  ])('is turned away when it %s', async (_, frames, code, why) => {
    const asked: string[] = []
    const verify = (token: string) => asked.push(token) > 0
    const { gate, refused } = gateOf({ verify })
    const [dialed, accepted] = pair()
    gate.accept(accepted, new FakeLink('b').open)
    for (const frame of frames) dialed.send(frame)
    await until('it is closed', () => accepted.closedWith !== undefined)
    expect(accepted.closedWith?.code).toBe(code)
    expect(refused).toEqual([`${code === 4004 ? 'bad-frame' : `refused-${code}`} ::ffff:10.0.0.1 ${why}`])
    expect(asked).toEqual([])
  })

  it('is turned away when it says too much with its hello', async () => {
    const { gate, refused } = gateOf({ verify: never })
    const [dialed, accepted] = pair()
    gate.accept(accepted, new FakeLink('b').open)
    dialed.sendTogether(withTokenOf('a'), ...Array.from({ length: 10_000 }, () => frameOf(ping)))
    await until('it is closed', () => accepted.closedWith !== undefined)
    expect(refused).toEqual(['bad-frame ::ffff:10.0.0.1 too much came with the hello'])
  })
})

describe('a hello with a token', () => {
  it('survives every change of one byte: it is refused, or asked about as a text, and nothing goes further', async () => {
    const good = withTokenOf('a')
    const asked: unknown[] = []
    const verify = (token: string) => {
      asked.push(token)
      return false
    }
    const { gate, refused } = gateOf({ verify })
    const ends = [...good].flatMap((byte, at) =>
      [0x00, 0xc0, 0xc1, 0xd9, 0xff, byte ^ 1].map((changed) => {
        const [dialed, accepted] = pair()
        gate.accept(accepted, new FakeLink('b').open)
        dialed.send(good.with(at, changed))
        return accepted
      }),
    )
    await until('all are closed', () => ends.every(({ isOpen }) => !isOpen))
    expect(refused).toHaveLength(ends.length)
    expect(asked.length).toBeGreaterThan(100)
    expect(asked.every((token) => typeof token === 'string' && !/\s/.test(token))).toBe(true)
    expect(new Set(ends.map(({ closedWith }) => closedWith?.code))).toEqual(new Set([4002, 4004, 4014]))
  })
})

describe('a member whose own token cannot be read', () => {
  const silent = () => new Promise<string>(() => {})
  const leaky = () => Object.assign(new TypeError(`could not use ${SECRET}`), { code: 'E_TOKEN' })

  it.each<[string, TokenIdentity['read'], RegExp]>([
    ['is missing', '/nowhere/token', /ENOENT.*\/nowhere\/token/],
    ['is empty', () => '', /token\.read gives no token: expected 1 to 16384 bytes/],
    ['is no text', (() => 7) as never, /token\.read gives no token/],
    ['cannot be had', () => Promise.reject(leaky()), /^token\.read failed \(TypeError E_TOKEN\)$/],
    [
      'is lost to an error without a text',
      () => {
        throw null
      },
      /^token\.read failed \(an error\)$/,
    ],
    ['never comes', silent, /token\.read did not answer within 40 ms/],
  ])('because it %s opens no link and says why', async (_, read, why) => {
    const { gate, problems } = gateOf({ read }, read === silent ? { helloTimeoutMs: 100 } : {})
    const dialing = meet(gate, gateOf().gate)
    await until('the dial has failed', () => dialing.failed.length > 0)
    expect(dialing.a.connection).toBeUndefined()
    const dialed = meet(gateOf().gate, gate)
    await until('it is closed', () => dialed.a.closedWith !== 'open')
    expect(dialed.b.connection).toBeUndefined()
    expect(problems).toEqual([expect.stringMatching(why), expect.stringMatching(why)])
  })
})

describe('a dial that is given up while the token is being read', () => {
  it('ends, and opens nothing', async () => {
    let give: (token: string) => void = () => {}
    const read = () => new Promise<string>((resolve) => (give = resolve))
    const { a, dial, dialed, failed } = meet(gateOf({ read }).gate, gateOf().gate)
    dial.abandon()
    give(SECRET)
    await turns(5)
    expect([dialed.isOpen, failed, a.connection]).toEqual([false, ['other'], undefined])
  })
})
