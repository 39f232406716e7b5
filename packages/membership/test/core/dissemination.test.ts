import { describe, expect, it } from 'vitest'
import { Dissemination, sendLimit } from '../../src/core/dissemination.ts'
import type { Fact } from '../../src/core/fact.ts'

const fact = (name: string, change: Partial<Fact> = {}): Fact => ({
  name,
  generation: 1,
  instance: name,
  incarnation: 0,
  state: 'alive',
  ageMs: 0,
  ...change,
})

describe('the news queue', () => {
  it('sends each item a bounded number of times', () => {
    const news = new Dissemination()
    news.add(fact('a'), 3, 0)
    const sent = Array.from({ length: 10 }, () => news.take('z', 0).length)
    expect(sent).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0])
  })

  it('replaces older news about the same member', () => {
    const news = new Dissemination()
    news.add(fact('a'), 3, 0)
    news.add(fact('a', { incarnation: 1 }), 3, 0)
    expect(news.take('z', 0)).toEqual([fact('a', { incarnation: 1 })])
  })

  it('sends what was sent least first, and no more than fits a frame', () => {
    const news = new Dissemination()
    for (let i = 0; i < 20; i++) news.add(fact(`m${i}`), 2, 0)
    const first = news.take('z', 0).map(({ name }) => name)
    const second = news.take('z', 0).map(({ name }) => name)
    expect(first).toHaveLength(12)
    expect(second.slice(0, 8).some((name) => first.includes(name))).toBe(false)
  })

  it('loses interest in a member being alive as others say so too, and in nothing else', () => {
    const news = new Dissemination()
    const failed = fact('b', { state: 'failed' })
    news.add(fact('a'), 8, 0)
    news.add(failed, 8, 0)
    for (const again of [fact('a'), fact('a'), fact('a', { incarnation: 1 }), failed]) news.heardAgain(again)
    const sent = Array.from({ length: 10 }, () => news.take('z', 0).map(({ name }) => name))
    expect(sent.flat().filter((name) => name === 'a')).toHaveLength(2)
    expect(sent.flat().filter((name) => name === 'b')).toHaveLength(8)
  })

  it('lets the age of a suspicion grow while it waits', () => {
    const news = new Dissemination()
    news.add(fact('a', { state: 'suspect', ageMs: 400 }), 3, 1000)
    expect(news.take('z', 1250)[0]?.ageMs).toBe(650)
  })

  it('does not tell a member that it is alive, but does tell it that it is suspect', () => {
    const news = new Dissemination()
    news.add(fact('a'), 3, 0)
    news.add(fact('b', { state: 'suspect' }), 3, 0)
    expect(news.take('a', 0).map(({ name }) => name)).toEqual(['b'])
    expect(news.take('b', 0).map(({ name }) => name)).toEqual(['a', 'b'])
  })

  it('sends more often in larger clusters', () => {
    expect([2, 9, 10, 99, 100, 999].map(sendLimit)).toEqual([4, 4, 8, 8, 12, 12])
  })
})
