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

it('keeps the place of who asks again, and answers the earlier question', () => {
  const { loads, ask, types } = keeper()
  const answers: string[] = []
  const question = { token: 'b', instance: 'b', answer: ({ type }: Verdict) => void answers.push(type) }
  ask('a')
  loads.ask('key', question, 0)
  ask('c')
  ask('b')
  expect(answers).toEqual(['waiting'])
  loads.leave('key', question, 0)
  loads.end('key', 'a', { type: 'released' }, 0)
  expect(types()).toEqual({ a: 'granted', b: 'granted' })
  ask('b')
  expect(types()).toEqual({ a: 'granted', b: 'waiting' })
  loads.end('key', 'b', { type: 'released' }, 0)
  expect(types()).toMatchObject({ c: 'granted' })
})

it('forgets the place of a question that nobody waits for, and passes on what was granted to it', () => {
  const { loads, ask, types } = keeper()
  const question = (token: string) => ({ token, instance: token, answer: () => {} })
  const [a, b] = [question('a'), question('b')]
  for (const one of [a, b]) loads.ask('key', one, 0)
  ask('c')
  loads.leave('key', b, 0)
  loads.leave('key', a, 0)
  expect(types()).toEqual({ c: 'granted' })
})

it('lets who asks again load after a minute, once', () => {
  const { loads, ask, types } = keeper()
  for (const token of ['a', 'b', 'c']) ask(token)
  ask('b', 'b', 60_000)
  ask('c', 'c', 60_000)
  expect(types()).toEqual({ a: 'granted', b: 'granted', c: 'waiting' })
  loads.end('key', 'b', { type: 'written' }, 60_000)
  expect(types()).toEqual({ a: 'granted', b: 'granted', c: 'written' })
})

it('waits no longer than a minute for a load', () => {
  const { ask, types } = keeper()
  ask('a')
  ask('b', 'b', 59_999)
  ask('c', 'c', 60_000)
  expect(types()).toEqual({ a: 'granted', c: 'granted' })
})
