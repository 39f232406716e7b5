// The checker of the load finds what is planted.
import { describe, expect, it } from 'vitest'
import { History } from './support/load/history.ts'
import type { Store } from './support/load/http-store.ts'
import { Load } from './support/load/load.ts'

/** A history in which `key` has been written so often, each write acknowledged. */
function written(times: number) {
  const history = new History(20)
  const values = ['']
  for (let i = 0; i < times; i++) {
    const write = history.beginWrite('key')
    values.push(write.value)
    history.endWrite(write, true)
  }
  const read = (value: string | undefined) => history.endRead(history.beginRead('key'), value)?.type
  return { history, values, read }
}

describe('the history of writes', () => {
  it('accepts the last acknowledged value, and nothing else', () => {
    const { values, read } = written(2)
    expect(read(values[2])).toBeUndefined()
    expect(read(values[1])).toBe('older')
    expect(read(undefined)).toBe('older')
    for (const invented of [
      '',
      'key',
      'key 3 ',
      `${values[2]}x`,
      values[2]?.slice(0, -1),
      'kex 2 xxxxxxxxxxxxxx',
    ]) {
      expect(read(invented)).toBe('invented')
    }
    for (const sequence of ['0', '-1', '1.5', '02', '2e0', 'NaN']) {
      expect(read(`key ${sequence} `.padEnd(20, 'x'))).toBe('invented')
    }
  })

  it('accepts nothing for a key that was never acknowledged, and what was sent in vain', () => {
    const { history, read } = written(0)
    expect(read(undefined)).toBeUndefined()
    const vain = history.beginWrite('key')
    expect(read(vain.value)).toBeUndefined()
    history.endWrite(vain, false)
    expect(read(vain.value)).toBeUndefined()
    expect(read(undefined)).toBeUndefined()
    expect(history.acknowledgedKeys).toEqual([])
  })

  it('accepts what is written while it reads: the value before and the one after', () => {
    const { history, values } = written(1)
    const read = history.beginRead('key')
    const write = history.beginWrite('key')
    history.endWrite(write, true)
    expect(history.endRead(read, values[1])).toBeUndefined()
    expect(history.endRead(read, write.value)).toBeUndefined()
    expect(history.endRead(history.beginRead('key'), values[1])?.type).toBe('older')
  })

  it('takes one writer at a time for a key', () => {
    const history = new History()
    history.beginWrite('key')
    expect(() => history.beginWrite('key')).toThrow('two writers')
    history.beginWrite('other')
  })
})

/** A store in memory, in which `fault` may change what is read, and say that a write is lost. */
class FaultyStore implements Store {
  readonly values = new Map<string, string>()
  onGet = (_key: string, value: string | undefined) => value
  onPut = (_key: string, _value: string) => true
  isDown = false

  async get(_address: string, key: string) {
    if (this.isDown) throw new Error('down')
    return this.onGet(key, this.values.get(key))
  }

  async put(_address: string, key: string, value: string) {
    if (this.isDown) throw new Error('down')
    if (this.onPut(key, value)) this.values.set(key, value)
  }
}

function loadOf(store: Store) {
  return new Load({ store, addresses: () => ['a', 'b'], keys: 20, clients: 4, pauseMs: 1 })
}

describe('a load', () => {
  it('finds nothing wrong with a store that is right', async () => {
    const load = loadOf(new FaultyStore())
    await load.fill()
    load.start()
    await load.progress(200)
    await load.stop()
    await load.readAll()
    const { problems, failed, retried, requests } = load.takeExperience()
    expect({ problems, failed, retried }).toEqual({ problems: [], failed: 0, retried: 0 })
    expect(requests).toBeGreaterThanOrEqual(240)
  })

  it('finds one acknowledged write that is lost', async () => {
    const store = new FaultyStore()
    const load = loadOf(store)
    await load.fill()
    store.values.delete('key-7')
    await load.readAll()
    expect(load.takeExperience().problems).toEqual([
      { type: 'older', text: 'key-7: nothing was read after 1' },
    ])
  })

  it('finds a write that was acknowledged and never done, while it runs', async () => {
    const store = new FaultyStore()
    const load = loadOf(store)
    await load.fill()
    store.onPut = (key) => key !== 'key-3'
    load.start()
    await load.progress(400)
    await load.stop()
    const { problems } = load.takeExperience()
    expect(problems.length).toBeGreaterThan(0)
    expect(problems.every(({ type, text }) => type === 'older' && text.startsWith('key-3: '))).toBe(true)
  })

  it('finds the value of another key', async () => {
    const store = new FaultyStore()
    const load = loadOf(store)
    await load.fill()
    store.onGet = (key, value) => (key === 'key-1' ? store.values.get('key-2') : value)
    await load.readAll()
    expect(load.takeExperience().problems.map(({ type }) => type)).toEqual(['invented'])
  })

  it('tries a request again, and tells how long it went unanswered', async () => {
    const store = new FaultyStore()
    const load = loadOf(store)
    await load.fill()
    load.takeExperience()
    store.isDown = true
    setTimeout(() => {
      store.isDown = false
    }, 50)
    await load.readAll()
    const { failed, retried, longestOutageMs, longestMs, errors } = load.takeExperience()
    expect({ failed, retried }).toEqual({ failed: 4, retried: 4 })
    expect(longestOutageMs).toBeGreaterThan(40)
    expect(longestMs).toBe(longestOutageMs)
    expect([...errors.keys()]).toEqual(['down'])
  })
})
