// Who may load a key.
import { expect, it } from 'vitest'
import { LoadKeeper, type Verdict } from '../src/loads/load-keeper.ts'

function keeper() {
  const loads = new LoadKeeper(() => ({ version: 1, basis: 0 }))
  const verdicts = new Map<string, Verdict>()
  const ask = (token: string, instance = token, now = 0) =>
    loads.ask('key', { token, instance, answer: (verdict) => void verdicts.set(token, verdict) }, now)
  const types = () => Object.fromEntries([...verdicts].map(([token, { type }]) => [token, type]))
  return { loads, ask, types, verdicts }
}

it('lets the first one load, and the others wait for it', () => {
  const { loads, ask, types } = keeper()
  for (const token of ['a', 'b', 'c']) ask(token)
  expect(types()).toEqual({ a: 'granted' })
  loads.end('key', 'a', { type: 'written' }, 0)
  expect(types()).toEqual({ a: 'granted', b: 'written', c: 'written' })
  ask('d')
  expect(types()).toMatchObject({ d: 'granted' })
})

it('gives a failure to all who wait, and lets the next one try', () => {
  const { loads, ask, types, verdicts } = keeper()
  for (const token of ['a', 'b']) ask(token)
  loads.end('key', 'a', { type: 'failed', message: 'no' }, 0)
  expect(verdicts.get('b')).toEqual({ type: 'failed', message: 'no' })
  ask('c')
  expect(types()).toMatchObject({ c: 'granted' })
})

it('lets the next one load when the loading one gives up, or its pod is gone', () => {
  const { loads, ask, types } = keeper()
  for (const token of ['a', 'b', 'c', 'd']) ask(token)
  loads.end('key', 'a', { type: 'released' }, 0)
  expect(types()).toEqual({ a: 'granted', b: 'granted' })
  loads.gone('c', 0)
  loads.gone('b', 0)
  expect(types()).toEqual({ a: 'granted', b: 'granted', d: 'granted' })
  loads.gone('d', 0)
  ask('e')
  expect(types()).toMatchObject({ e: 'granted' })
})

it('forgets who waits no longer, and takes no word of who may not load', () => {
  const { loads, ask, types } = keeper()
  for (const token of ['a', 'b', 'c']) ask(token)
  loads.end('key', 'b', { type: 'written' }, 0)
  expect(types()).toEqual({ a: 'granted' })
  loads.end('key', 'a', { type: 'released' }, 0)
  expect(types()).toEqual({ a: 'granted', c: 'granted' })
})

it('waits no longer than a minute for a load', () => {
  const { ask, types } = keeper()
  ask('a')
  ask('b', 'b', 59_999)
  ask('c', 'c', 60_000)
  expect(types()).toEqual({ a: 'granted', c: 'granted' })
})
