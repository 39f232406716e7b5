// The checker of the load finds what is planted.
import { describe, expect, it } from 'vitest'
import { History } from './support/load/history.ts'
import type { Store } from './support/load/http-store.ts'
import { Load } from './support/load/load.ts'

/** A history in which `key` has been written so often, each write acknowledged. */
function written(times: number) {
  const history = new History({ valueBytes: 20 })
  const values: (string | undefined)[] = ['']
  for (let i = 0; i < times; i++) {
    const write = history.beginWrite('key')
    values.push(history.beginTry(write, 1))
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
      'key 3/1 ',
      'key 2/2 xxxxxxxxxxxxx',
      'key 2/0 xxxxxxxxxxxxx',
      `${values[2]}x`,
      values[2]?.slice(0, -1),
      'kex 2/1 xxxxxxxxxxxx',
    ]) {
      expect(read(invented)).toBe('invented')
    }
    for (const sequence of ['0', '-1', '1.5', '02', '2e0', 'NaN']) {
      expect(read(`key ${sequence}/1 `.padEnd(20, 'x'))).toBe('invented')
    }
  })

  it('accepts nothing for a key that was never acknowledged, and what was sent in vain', () => {
    const { history, read } = written(0)
    expect(read(undefined)).toBeUndefined()
    const vain = history.beginWrite('key')
    const value = history.beginTry(vain, 1)
    expect(read(value)).toBeUndefined()
    history.endWrite(vain, false)
    expect(read(value)).toBeUndefined()
    expect(read(undefined)).toBeUndefined()
    expect(history.acknowledgedKeys).toEqual([])
  })

  it('accepts what is written while it reads: the value before and the one after', () => {
    const { history, values } = written(1)
    const read = history.beginRead('key')
    const write = history.beginWrite('key')
    const value = history.beginTry(write, 1)
    history.endWrite(write, true)
    expect(history.endRead(read, values[1])).toBeUndefined()
    expect(history.endRead(read, value)).toBeUndefined()
    expect(history.endRead(history.beginRead('key'), values[1])?.type).toBe('older')
  })

  it('accepts nothing after a deletion, and what was deleted only until it is acknowledged', () => {
    const { history, values, read } = written(1)
    const deletion = history.beginWrite('key', { isDeletion: true })
    expect([read(values[1]), read(undefined)]).toEqual([undefined, undefined])
    history.endWrite(deletion, true)
    expect([read(values[1]), read(undefined)]).toEqual(['older', undefined])
    const next = history.beginWrite('key')
    const value = history.beginTry(next, 1)
    history.endWrite(next, true)
    expect([read(undefined), read(value)]).toEqual(['older', undefined])
  })

  it('accepts what a lease may still give, and not for longer', () => {
    let now = 0
    const history = new History({ leaseMs: 100, now: () => now })
    const values = [1, 2, 3].map((at) => {
      now = at * 50
      const write = history.beginWrite('key')
      history.endWrite(write, true)
      return history.beginTry(write, 1)
    })
    // Acknowledged at 50, 100 and 150.
    const problems = (at: number) => {
      now = at
      return values.map((value) => history.endRead(history.beginRead('key'), value)?.type)
    }
    expect(problems(199)).toEqual([undefined, undefined, undefined])
    expect(problems(249)).toEqual(['older', undefined, undefined])
    expect(problems(250)).toEqual(['older', 'older', undefined])
  })

  it('tells a try that was given up and done late from a write that is lost', () => {
    const { history, read } = written(0)
    const write = history.beginWrite('key')
    const tries = [1, 2].map((number) => history.beginTry(write, number))
    history.endWrite(write, true)
    expect(tries.map(read)).toEqual([undefined, undefined])
    history.endWrite(history.beginWrite('key'), true)
    expect(tries.map(read)).toEqual(['late', 'older'])
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
  onPut = (_key: string, _value: string | undefined) => true
  isDown = false

  async get(_address: string, key: string) {
    if (this.isDown) throw new Error('down')
    return this.onGet(key, this.values.get(key))
  }

  async put(_address: string, key: string, value: string) {
    if (this.isDown) throw new Error('down')
    if (this.onPut(key, value)) this.values.set(key, value)
  }

  async delete(_address: string, key: string) {
    if (this.onPut(key, undefined)) this.values.delete(key)
  }
}

function loadOf(store: Store) {
  return new Load({
    store,
    addresses: () => ['a', 'b'],
    keys: 20,
    clients: 4,
    pauseMs: 1,
    deletions: 0.2,
    hotKeys: 3,
  })
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

  it('finds a key that comes back after it was deleted', async () => {
    const store = new FaultyStore()
    const load = loadOf(store)
    await load.fill()
    store.onPut = (_, value) => value !== undefined
    load.start()
    await load.progress(400)
    await load.stop()
    expect(load.takeExperience().problems.some(({ type }) => type === 'older')).toBe(true)
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
    const { failed, retried, longestOutageMs, longestReadMs, errors } = load.takeExperience()
    expect({ failed, retried }).toEqual({ failed: 4, retried: 4 })
    expect(longestOutageMs).toBeGreaterThan(40)
    expect(longestReadMs).toBe(longestOutageMs)
    expect([...errors.keys()]).toEqual(['down'])
  })
})
