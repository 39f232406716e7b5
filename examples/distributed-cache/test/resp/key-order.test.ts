// What commands of one connection wait for.
import { expect, it } from 'vitest'
import { toErrorReply } from '../../src/resp/error-reply.ts'
import { KeyOrder } from '../../src/resp/key-order.ts'
import type { Reply } from '../../src/resp/reply.ts'

it('keeps nothing of earlier reads while reads of a key overlap', async () => {
  const order = new KeyOrder(toErrorReply)
  const ends: (() => void)[] = []
  const read = () => {
    const reply = new Promise<Reply>((resolve) => ends.push(() => resolve(null)))
    order.add('read', ['key'], reply, () => {})
  }
  read()
  for (let i = 0; i < 100; i++) {
    read()
    ends.shift()?.()
    await undefined
  }
  const before = order.before('write', ['key'])
  for (const end of ends) end()
  expect(await before).toBeUndefined()
  expect(order.isIdle).toBe(true)
})
