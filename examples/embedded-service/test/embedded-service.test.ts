// Three pods as real processes, with clients that read and write all the time: the pods are restarted one by one, and
// then one is killed.
import { afterEach, describe, expect, it } from 'vitest'
import { Clients } from './clients.ts'
import { hasManyAddresses, Pods } from './pods.ts'

const names = ['store-0', 'store-1', 'store-2']
let pods: Pods | undefined
afterEach(() => pods?.close())

describe.skipIf(!(await hasManyAddresses()))('the embedded service', () => {
  it('loses no acknowledged write when its pods are restarted one by one, nor when one is killed', async () => {
    const service = await Pods.create(names.length)
    pods = service
    await Promise.all(names.map((name) => service.start(name)))
    const clients = new Clients(() => service.serving, { keys: 200, seed: 1 })
    await clients.fill()
    expect(clients.counts).toEqual({ writes: 200, reads: 0, unavailable: 0, unreachable: 0 })
    clients.start(4)

    for (const name of names.toReversed()) {
      // With its goodbye said, by the signal, and nothing that went wrong on the way.
      expect(await service.end(name, 'SIGTERM')).toEqual({
        code: null,
        signal: 'SIGTERM',
        lines: [`${name} listens`, 'left'],
      })
      await clients.progress(20)
      await service.start(name)
      await clients.progress(20)
    }
    for (const pod of service.serving) await clients.readAll(pod)
    expect(clients.wrong).toEqual([])

    await service.end('store-1', 'SIGKILL')
    await clients.progress(20)
    for (const pod of service.serving) await clients.readAll(pod)
    await clients.stop()
    expect(clients.wrong).toEqual([])
  }, 240_000)
})
