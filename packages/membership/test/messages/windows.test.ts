import { describe, expect, it } from 'vitest'
import type { Item } from '../../src/messages/item.ts'
import { BULK_WINDOW_BYTES, WINDOW_BYTES } from '../../src/messages/wire-format.ts'
import { binary, linked, message, none, type TwoEnds } from './two-ends.ts'

const MIB = 1024 * 1024

const chunk = (id: number, bytes = 65_536, isAnswer = false): Item => ({
  type: 'chunk',
  isAnswer,
  id,
  bytes: new Uint8Array(bytes).fill(id),
})

const onTheWay = (ends: TwoEnds) => ends.way('a', 1).frames.reduce((sum, frame) => sum + frame.length, 0)

describe('what is on its way', () => {
  it('is at most the window, of a body in fragments', () => {
    const ends = linked()
    ends.session('a').post(message('large', binary(4 * MIB, 3)))
    ends.a.turn()
    expect(onTheWay(ends)).toBeGreaterThan(BULK_WINDOW_BYTES / 2)
    expect(onTheWay(ends)).toBeLessThanOrEqual(BULK_WINDOW_BYTES)
    ends.settle(1)
    const [item] = ends.b.items
    expect(item?.type === 'send' && Buffer.compare(item.body.bytes, binary(4 * MIB, 3).bytes)).toBe(0)
  })

  it('is at most the window, of chunks', () => {
    const ends = linked()
    for (let i = 0; i < 30; i++) ends.session('a').post(chunk(1))
    ends.a.turn()
    expect(onTheWay(ends)).toBeLessThanOrEqual(BULK_WINDOW_BYTES)
    ends.settle(1)
    expect(ends.b.items.length).toBe(30)
  })

  it('is at most twice as much, of small messages', () => {
    const ends = linked()
    for (let i = 0; i < 2000; i++) ends.session('a').post(message('m', binary(1000)))
    ends.a.turn()
    expect(onTheWay(ends)).toBeGreaterThan(BULK_WINDOW_BYTES)
    expect(onTheWay(ends)).toBeLessThanOrEqual(WINDOW_BYTES + 20_000)
    ends.settle(1)
    expect(ends.b.items.length).toBe(2000)
  })

  it('is forgotten with its link', () => {
    const ends = linked()
    for (let i = 0; i < 20; i++) ends.session('a').post(chunk(1))
    ends.a.turn()
    ends.open(2)
    ends.route('a', 2)
    ends.a.turn()
    expect(ends.way('a', 2).frames.length).toBeGreaterThan(0)
  })
})

describe('small items', () => {
  it('share a frame when they are posted in one turn', () => {
    const ends = linked()
    for (let i = 0; i < 100; i++) ends.session('a').post(message(`${i}`))
    expect(ends.way('a', 1).frames.length).toBe(0)
    ends.a.turn()
    expect(ends.way('a', 1).frames.length).toBe(1)
  })

  it('pass chunks that wait', () => {
    const ends = linked()
    for (let i = 0; i < 30; i++) ends.session('a').post(chunk(1))
    ends.a.turn()
    const ahead = ends.way('a', 1).frames.length
    ends.session('a').post(message('quick'))
    ends.settle(1)
    expect(ends.b.told.indexOf('quick')).toBeLessThanOrEqual(ahead + 1)
  })
})

describe('streams', () => {
  it('take turns', () => {
    const ends = linked()
    // These fill the window, and the others wait.
    for (let i = 0; i < 4; i++) ends.session('a').post(chunk(9))
    for (const id of [1, 2, 3]) for (let i = 0; i < 4; i++) ends.session('a').post(chunk(id))
    ends.settle(1)
    const order = ends.b.items.map((item) => ('id' in item ? item.id : 0))
    expect(order).toEqual([9, 9, 9, 9, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3])
  })

  it('let the fragments of a body in between', () => {
    const ends = linked()
    ends.session('a').post(message('large', binary(MIB)))
    ends.a.turn()
    for (let i = 0; i < 12; i++) ends.session('a').post(chunk(1))
    ends.session('a').post(message('later', binary(MIB)))
    ends.settle(1)
    const told = ends.b.told.slice(1)
    expect(told.filter((each) => each === 'chunk 1').length).toBe(12)
    expect(told.indexOf('later')).toBeGreaterThan(told.indexOf('large'))
    expect(told.indexOf('chunk 1')).toBeLessThan(told.indexOf('later'))
  })

  it('do not begin before the request they belong to', () => {
    const ends = linked()
    ends.session('a').post(message('large', binary(MIB)))
    ends.session('a').post({ type: 'request', id: 1, topic: 'put', body: none, timeoutMs: 0, chunks: 'up' })
    ends.session('a').post(chunk(1))
    ends.session('a').post({ type: 'chunks-end', id: 1, isWhole: true })
    ends.settle(1)
    expect(ends.b.told.slice(1)).toEqual(['large', 'put', 'chunk 1', 'chunks-end 1'])
  })

  it('end after their own chunks, and others meanwhile', () => {
    const ends = linked()
    for (let i = 0; i < 8; i++) ends.session('a').post(chunk(1, 65_536, true))
    ends.session('a').post({ type: 'response', id: 1, body: binary(MIB) })
    ends.session('a').post({ type: 'response', id: 2, body: none })
    ends.settle(1)
    const told = ends.b.told.slice(1)
    expect(told.at(-1)).toBe('response 1')
    expect(told.indexOf('response 2')).toBeLessThan(8)
  })

  it('are dropped where they wait, when they are cancelled', () => {
    const ends = linked()
    for (let i = 0; i < 30; i++) ends.session('a').post(chunk(1))
    ends.session('a').post({ type: 'cancel', id: 1 })
    ends.settle(1)
    expect(ends.b.told.at(-1)).toBe('cancel 1')
    expect(ends.b.items.length).toBeLessThan(10)
  })
})

describe('what waits', () => {
  const fill = (ends: TwoEnds) => {
    let taken = 0
    while (taken < 1000 && ends.session('a').post(message('m', binary(60_000)))) taken++
    return taken
  }

  it('is bounded: then messages are refused, until half of it has gone', () => {
    const ends = linked()
    expect(fill(ends)).toBeLessThan(90)
    expect(ends.session('a').isWritable).toBe(false)
    expect(ends.session('a').post({ type: 'response', id: 1, body: none })).toBe(true)
    ends.settle(1)
    expect(ends.session('a').isWritable).toBe(true)
    expect(ends.a.told).toEqual(['linked', 'writable'])
  })

  it('is bounded apart for chunks, which leave messages their room', () => {
    const ends = linked()
    const a = ends.session('a')
    const fillWithChunks = () => {
      let taken = 0
      while (taken < 1000 && a.post(chunk(taken % 64))) taken++
      return taken
    }
    expect(fillWithChunks()).toBeLessThan(40)
    expect(a.isWritable).toBe(true)
    expect(fill(ends)).toBeGreaterThan(60)
    ends.settle(1)
    expect(ends.a.told).toEqual(['linked', 'writable', 'writable'])
    fill(ends)
    expect(fillWithChunks()).toBeGreaterThan(30)
    ends.settle(1)
    expect(a.isWritable).toBe(true)
  })

  it('of a stream makes room for others when nobody wants it any more', () => {
    const ends = linked()
    const a = ends.session('a')
    for (const isAnswer of [false, true]) {
      while (a.post(chunk(1, 65_536, isAnswer)));
      a.post({ type: isAnswer ? 'response' : 'chunks-end', id: 1, isWhole: true, body: none } as Item)
      expect(a.post(chunk(2))).toBe(false)
      a.dropStream(1, isAnswer)
      ends.a.turn()
      expect(ends.a.told.at(-1)).toBe('writable')
      expect(a.post(chunk(2))).toBe(true)
    }
    ends.settle(1)
    expect(ends.b.told.at(-1)).toBe('chunk 2')
    expect(ends.b.items.length).toBeLessThan(12)
  })

  it('is bounded for responses and long failures, and for short ones by the end of the link', () => {
    const ends = linked()
    const a = ends.session('a')
    fill(ends)
    const response: Item = { type: 'response', id: 1, body: binary(4 * MIB) }
    const failure: Item = { type: 'failure', id: 1, code: 'c', message: 'x'.repeat(4096), body: none }
    const short: Item = { ...failure, message: 'too much' }
    let responses = 0
    while (responses < 100 && a.post(response)) responses++
    expect(responses).toBe(15)
    let failures = 0
    while (failures < 2000 && a.post(failure)) failures++
    expect(failures).toBeLessThan(1100)
    expect(ends.way('a', 1).isCut).toBe(false)
    let shorts = 0
    while (!ends.way('a', 1).isCut && shorts < 1_000_000 && a.post(short)) shorts++
    // More than a peer may have asked for at a time.
    expect(shorts).toBeGreaterThan(65_536)
    expect(ends.way('a', 1).isCut).toBe(true)
  })

  it('is nothing after a break', () => {
    const ends = linked()
    fill(ends)
    ends.open(2)
    ends.a.sessions.closed(1)
    ends.route('a', 2)
    expect(ends.a.told.slice(0, 2)).toEqual(['linked', 'broken'])
    ends.settle(2)
    expect(ends.session('a').isWritable).toBe(true)
    expect(ends.b.items).toEqual([])
  })
})
