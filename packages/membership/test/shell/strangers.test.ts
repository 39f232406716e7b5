import { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { addressGroup, type StrangerLimits, Strangers } from '../../src/shell/strangers.ts'
import { until } from './sockets.ts'

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

/** A socket that seems to come from an address. */
function from(address: string): Socket {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: address })
  sockets.push(socket)
  return socket
}

function some(limits: Partial<StrangerLimits>) {
  const refused: string[] = []
  const strangers = new Strangers(
    { pendingHandshakes: 4, pendingHandshakesPerAddress: 2, handshakeTimeoutMs: 60_000, ...limits },
    (why) => refused.push(why),
  )
  const admit = (address: string) => {
    const socket = from(address)
    strangers.admit(socket)
    return socket
  }
  return { strangers, refused, admit }
}

describe('connections without a hello', () => {
  it('make room for a newcomer from the same address, the oldest first', () => {
    const { refused, admit } = some({})
    const first = admit('10.0.0.1')
    const rest = [admit('10.0.0.1'), admit('10.0.0.2'), admit('10.0.0.1')]
    expect(first.destroyed).toBe(true)
    expect(rest.map((socket) => socket.destroyed)).toEqual([false, false, false])
    expect(refused).toEqual(['busy-address'])
  })

  it('make room for a newcomer from elsewhere: the oldest of the address that has the most', () => {
    const { refused, admit } = some({ pendingHandshakesPerAddress: Number.POSITIVE_INFINITY })
    const other = admit('10.0.0.2')
    const many = [admit('10.0.0.1'), admit('10.0.0.1'), admit('10.0.0.1')]
    const newcomer = admit('10.0.0.3')
    expect(many.map((socket) => socket.destroyed)).toEqual([true, false, false])
    expect([other, newcomer].some((socket) => socket.destroyed)).toBe(false)
    expect(refused).toEqual(['busy'])
  })

  it('are as many as the limit from one address when that limit is off', () => {
    const { refused, admit } = some({ pendingHandshakesPerAddress: Number.POSITIVE_INFINITY })
    for (let i = 0; i < 4; i++) admit('127.0.0.6')
    expect(refused).toEqual([])
  })

  it('are all of one address when they come from one /64', () => {
    const { admit } = some({})
    const first = admit('fd00:1:2:3::1')
    admit('fd00:1:2:3:ffff::2')
    admit('fd00:1:2:4::1')
    expect(first.destroyed).toBe(false)
    admit('fd00:1:2:3:4:5:6:7')
    expect(first.destroyed).toBe(true)
  })

  it('are let in whenever they are the first of their address, also of more in a second than may wait', () => {
    const { strangers, refused, admit } = some({ pendingHandshakesPerAddress: Number.POSITIVE_INFINITY })
    const many = Array.from({ length: 10 }, () => {
      const socket = from('10.0.0.1')
      return strangers.admit(socket) && socket
    })
    expect(many.map((socket) => socket !== false)).toEqual([...Array(4).fill(true), ...Array(6).fill(false)])
    expect(refused).toEqual(Array(6).fill('busy'))
    expect(admit('10.0.0.2').destroyed).toBe(false)
  })

  it('count no longer once they are met or gone', async () => {
    const { strangers, refused, admit } = some({})
    strangers.met(admit('10.0.0.1'))
    const gone = admit('10.0.0.1')
    gone.destroy()
    await new Promise((resolve) => gone.once('close', resolve))
    admit('10.0.0.1')
    admit('10.0.0.1')
    expect(refused).toEqual([])
  })

  it('end when their time is over: by a close where they are WebSockets, else at once', async () => {
    const { strangers, refused, admit } = some({ handshakeTimeoutMs: 10 })
    const [bare, upgraded, met] = [admit('10.0.0.1'), admit('10.0.0.2'), admit('10.0.0.3')]
    let closed = 0
    strangers.upgraded(upgraded, upgraded, () => closed++)
    strangers.met(met)
    await until('both have ended', () => bare.destroyed && closed === 1)
    expect(refused).toEqual(['handshake-timeout', 'handshake-timeout'])
    expect([upgraded.destroyed, met.destroyed]).toEqual([false, false])
  })
})

describe('an address group', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['', ''],
  ])('of %s is %s', (address, group) => {
    expect(addressGroup(address)).toBe(group)
  })
})
