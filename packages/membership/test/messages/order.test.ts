import { expect, it } from 'vitest'
import { CloseCode } from '../../src/core/close-code.ts'
import { encodeItem } from '../../src/messages/encode-item.ts'
import { FrameWriter } from '../../src/messages/frame-writer.ts'
import { seededRandom } from '../core/seeded-random.ts'
import { binary, linked, message, TwoEnds } from './two-ends.ts'

/** Two links are up, `a` has sent "one" on the first and "two" on the second; nothing has arrived. */
function twoLinks(): TwoEnds {
  const ends = linked()
  ends.open(2)
  ends.session('a').post(message('one'))
  ends.a.turn()
  ends.route('a', 2)
  ends.session('a').post(message('two'))
  ends.a.turn()
  ends.b.told.length = 0
  return ends
}

it('holds what comes on another link until what was sent before it has come', () => {
  const ends = twoLinks()
  ends.deliver('a', 2)
  expect(ends.b.told).toEqual([])
  ends.deliver('a', 1)
  expect(ends.b.told).toEqual(['one', 'two'])
})

it('holds it as long as a link may still bring what is missing, and no longer', () => {
  const ends = twoLinks()
  ends.open(3, { a: true, b: false })
  ends.deliver('a', 2)
  ends.b.sessions.receivedLast(1)
  // On the third link the hello of the peer is still to come, and more may be behind it.
  expect(ends.b.told).toEqual([])
  ends.b.sessions.closed(3)
  expect(ends.b.told).toEqual(['broken'])
})

it('tells both sides when something is lost, and goes on after it', () => {
  const ends = twoLinks()
  ends.deliver('a', 2)
  ends.b.sessions.closed(1)
  expect(ends.b.told).toEqual(['broken'])
  ends.route('b', 2)
  ends.settle(2)
  expect(ends.a.told).toContain('broken')
  ends.session('a').post(message('three'))
  ends.session('b').post(message('four'))
  ends.settle(2)
  expect(ends.b.told).toEqual(['broken', 'three'])
  expect(ends.a.told.slice(-2)).toEqual(['broken', 'four'])
})

it('drops what was sent before the break was known, and says so', () => {
  const ends = twoLinks()
  ends.deliver('a', 1)
  ends.deliver('a', 2)
  ends.route('b', 2)
  ends.session('b').post(message('old'))
  ends.b.turn()
  ends.a.sessions.closed(1)
  ends.session('a').post(message('new'))
  ends.settle(2)
  expect(ends.a.told).toEqual(['linked', 'broken'])
  expect(ends.b.told).toEqual(['one', 'two', 'broken', 'new'])
})

it('loses nothing with a link that ends after the last of both sides', () => {
  const ends = twoLinks()
  for (const from of ['a', 'b'] as const) ends[from].sessions.sentLast(1)
  ends.route('b', 2)
  ends.deliver('a', 2)
  ends.deliver('a', 1)
  for (const from of ['a', 'b'] as const) {
    ends[from].sessions.receivedLast(1)
    ends[from].sessions.closed(1)
  }
  ends.session('b').post(message('three'))
  ends.settle(2)
  expect(ends.b.told).toEqual(['one', 'two'])
  expect(ends.a.told).toEqual(['linked', 'three'])
})

it('sends nothing on a link after its last', () => {
  const ends = linked()
  ends.session('a').post(message('late'))
  ends.a.sessions.sentLast(1)
  ends.a.turn()
  expect(ends.way('a', 1).frames).toEqual([])
  ends.open(2)
  ends.route('a', 2)
  ends.settle(1, 2)
  expect(ends.b.told).toEqual(['linked', 'late'])
})

it('takes a link that carried nothing for no loss', () => {
  const ends = linked()
  ends.open(2)
  ends.session('a').post(message('one'))
  ends.settle(1)
  for (const from of ['a', 'b'] as const) ends[from].sessions.closed(2)
  expect([...ends.a.told, ...ends.b.told]).not.toContain('broken')
})

it('takes a link that is given up as silent for lost at once', () => {
  const ends = linked()
  ends.session('a').post(message('one'))
  ends.settle(1)
  ends.a.sessions.closing(1, CloseCode.silent)
  ends.a.sessions.closed(1)
  expect(ends.a.told).toEqual(['linked', 'broken'])
})

it('drops what waits when no link is left', () => {
  const ends = linked()
  ends.session('a').post(message('one'))
  ends.a.sessions.closed(1)
  ends.route('a', undefined)
  expect(ends.a.told).toEqual(['linked', 'broken', 'unlinked'])
  expect(ends.session('a').post(message('two'))).toBe(false)
})

it('sends everything before it leaves, whatever is on its way', () => {
  const ends = linked()
  for (let i = 0; i < 30; i++) ends.session('a').post(message(`${i}`, binary(100_000)))
  ends.a.sessions.closing(1, CloseCode.left)
  ends.deliver('a', 1)
  expect(ends.b.told.slice(1)).toEqual(Array.from({ length: 30 }, (_, i) => `${i}`))
})

it('ends the session of a life that another one has replaced', () => {
  const ends = linked()
  const former = ends.session('a')
  ends.open(2, { a: false, b: true })
  ends.a.sessions.linked(2, { ...ends.b.life, generation: 2, instance: 'b-2' })
  expect(ends.a.told).toEqual(['linked', 'ended'])
  expect(former.post(message('late'))).toBe(false)
  expect(ends.session('a')).not.toBe(former)
})

it('keeps the session of a process that raises its generation', () => {
  const ends = linked()
  const session = ends.session('a')
  ends.a.sessions.linked(1, { ...ends.b.life, generation: 9 })
  expect(ends.session('a')).toBe(session)
  expect(session.peer.generation).toBe(9)
})

it('finds together again when one side has forgotten the other', () => {
  const ends = linked()
  for (let i = 0; i < 3; i++) {
    ends.session('a').post(message(`before ${i}`))
    ends.session('b').post(message(`before ${i}`))
    ends.settle(1)
  }
  const member = { ...ends.b.life } as never
  ends.a.sessions.noteEvent({ type: 'member-removed', member, view: {} as never })
  for (const from of ['a', 'b'] as const) ends[from].sessions.closed(1)
  ends.route('b', undefined)
  ends.open(2)
  for (const from of ['a', 'b'] as const) ends.route(from, 2)
  for (let i = 0; i < 4; i++) {
    for (const from of ['a', 'b'] as const) ends.session(from).post(message(`after ${i}`))
    ends.settle(2)
  }
  for (const end of [ends.a, ends.b]) expect(end.told.at(-1)).toBe('after 3')
})

it('ignores messages on a link that it closes without having met anybody there', () => {
  const ends = new TwoEnds()
  ends.open(1, { a: false, b: false })
  ends.a.sessions.closing(1, CloseCode.staleLife)
  expect(ends.a.sessions.received(1, Uint8Array.of(0xc1, 2, 0, 0, 0, 2))).toBeUndefined()
})

it('takes no messages before the hello, and none that are no frames', () => {
  const ends = new TwoEnds()
  ends.open(1, { a: false, b: false })
  const received = (...bytes: number[]) => ends.a.sessions.received(1, Uint8Array.from(bytes))?.message
  expect(received(0xc1, 1, 0, 0, 0, 0)).toBe('messages before hello')
  ends.greet('a', 1)
  expect(received(0xc1, 1, 0, 0, 0)).toContain('too short')
  expect(received(0xc1)).toContain('too short')
  expect(received(0xc1, 9, 0, 0, 0, 0)).toBe(undefined)
  expect(ends.a.counted.get('unknown-frames')).toBe(1)
  expect(received(0xc1, 2, 255, 0, 0, 0)).toContain('epoch')
  expect(received(0xc1, 2, 0, 0, 0, 0)).toContain('epoch')
  expect(received(0xc1, 3, 0, 0, 0, 1)).toContain('more acknowledged')
})

it('holds no more than a peer may send', () => {
  const ends = linked()
  ends.open(2)
  const writer = new FrameWriter()
  const held = () => {
    encodeItem(writer, message('early', binary(60_000)))
    return Buffer.from(writer.take())
  }
  let fault: string | undefined
  for (let number = 5; number < 90 && fault === undefined; number++) {
    const frame = held()
    frame.writeUInt32BE(number, 2)
    fault = ends.b.sessions.received(2, frame)?.kind
  }
  expect(fault).toBe('too-large')
})

it('delivers in order over links that come, compete and go, whatever arrives first', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 100; round++) {
    const ends = linked()
    let links = 1
    let route = 1
    let posted = 0
    for (let step = 0; step < 60; step++) {
      const dice = random()
      if (dice < 0.5) ends.session('a').post(message(`${posted++}`, binary(random() < 0.1 ? 200_000 : 10)))
      else if (dice < 0.6) ends.a.turn()
      else if (dice < 0.7 && links < 4) ends.open(++links)
      else if (dice < 0.8) {
        route = 1 + Math.floor(random() * links)
        ends.route('a', route)
      } else ends.deliver('a', 1 + Math.floor(random() * links), 1 + Math.floor(random() * 3))
      if (dice > 0.9) ends.deliver('b', route)
    }
    ends.settle(...Array.from({ length: links }, (_, i) => i + 1))
    expect(ends.b.told.slice(1)).toEqual(Array.from({ length: posted }, (_, i) => `${i}`))
    expect(ends.faults).toEqual([])
  }
})
