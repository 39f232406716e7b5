// Frames as a peer would send them that is no member, or a bad one.
import { randomBytes } from 'node:crypto'
import { encodeFrames, type Hello, type Message } from '@rollcall/membership/internal'

/** A message as the bytes of its frame. */
export function bytes(message: Message): Uint8Array {
  return encodeFrames(message)[0] as Uint8Array
}

/** The hello of a member that has just started, with these differences. */
export function hello(
  change: Partial<Hello> = {},
  { name, address }: { name: string; address: string } = { name: 'stranger', address: '127.0.0.1:1' },
): Uint8Array {
  const record = { addresses: [address], leaving: false, metadata: new Uint8Array() }
  const instance = randomBytes(8).toString('hex')
  return bytes({
    type: 'hello',
    minVersion: 1,
    maxVersion: 1,
    clusterId: 'default',
    self: { name, generation: Date.now(), instance, incarnation: 0, state: 'alive', ageMs: 0, record },
    hash: { high: 0, low: 0 },
    ...change,
  })
}
