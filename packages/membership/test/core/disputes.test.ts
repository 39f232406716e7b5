import { describe, expect, it } from 'vitest'
import { OneCore, peer, rumour, updates } from './one-core.ts'

const observers = ['b', 'e', 'f']
const verdict = rumour('c', { state: 'failed', by: 'b', ground: 'silence' })

/** What c was told of itself since then. */
function toldToSubject(one: OneCore, link: number, from: number) {
  const sent = one.sent('updates', from).filter((output) => output.link === link)
  return sent.flatMap(({ message }) => message.updates).filter(({ name }) => name === 'c')
}

/** Lets time pass in which all but one link answer. */
function runWithout(one: OneCore, silent: number, ms: number): void {
  one.answersPings = false
  let read = one.outputs.length
  for (let passed = 0; passed < ms; passed++) {
    one.run(1)
    for (const ping of one.sent('ping', read)) if (ping.link !== silent) one.ack(ping)
    read = one.outputs.length
  }
}

describe('a verdict of others on a silence', () => {
  it('is for the member to refute that we heard within that silence', () => {
    const one = new OneCore()
    const [b] = observers.map((name) => one.accept(peer(name))) as [number]
    const c = one.accept(peer('c'))
    one.run(5000)
    const from = one.outputs.length
    one.tell(b, updates(verdict))
    expect(one.stateOf('c')).toBe('alive')
    expect(toldToSubject(one, c, from)).toMatchObject([{ state: 'failed' }])
    one.tell(c, updates(peer('c', { incarnation: 1 })))
    one.run(3000)
    one.tell(b, updates(verdict))
    one.run(3000)
    expect(one.stateOf('c')).toBe('alive')
    expect(one.all('event', from).map(({ event }) => event.type)).not.toContain('member-failed')
  })

  it('is taken when the member does not refute it within a second, though it answers', () => {
    const one = new OneCore()
    const [b, e] = observers.map((name) => one.accept(peer(name))) as [number, number]
    one.accept(peer('c'))
    one.run(5000)
    const from = one.outputs.length
    one.tell(b, updates(verdict))
    one.run(500)
    one.tell(e, updates({ ...verdict, ageMs: 500 }))
    one.run(400)
    expect(one.stateOf('c')).toBe('alive')
    one.run(200)
    expect(one.stateOf('c')).toBe('failed')
    const failed = one.all('event', from).find(({ event }) => event.type === 'member-failed')
    expect(failed?.event).toMatchObject({
      why: { type: 'told', by: 'b', verdict: { by: 'b', ground: 'silence' } },
    })
  })

  it('is taken at once of a member that we have not heard since the silence began', () => {
    const one = new OneCore()
    const [b] = observers.map((name) => one.accept(peer(name))) as [number]
    const c = one.accept(peer('c'))
    one.run(5000)
    runWithout(one, c, 4500)
    one.tell(b, updates(verdict))
    expect(one.stateOf('c')).toBe('failed')
  })

  it('from before we heard the member waits for it between two links, and is shown to it on the next', () => {
    const one = new OneCore()
    const [b] = observers.map((name) => one.accept(peer(name))) as [number]
    const c = one.accept(peer('c'))
    one.give({ type: 'link-closed', link: c, end: { code: 4012 } })
    one.tell(b, updates({ ...verdict, ageMs: 3000 }))
    expect(one.stateOf('c')).toBe('alive')
    one.run(300)
    const from = one.outputs.length
    const again = one.accept(peer('c'))
    expect(toldToSubject(one, again, from)).toMatchObject([{ state: 'failed' }])
    one.tell(again, updates(peer('c', { incarnation: 1 })))
    one.run(3000)
    expect(one.stateOf('c')).toBe('alive')
  })

  it('from before we heard the member is taken after a second without a link', () => {
    const one = new OneCore()
    const [b] = observers.map((name) => one.accept(peer(name))) as [number]
    const c = one.accept(peer('c'))
    one.give({ type: 'link-closed', link: c, end: { code: 4012 } })
    one.tell(b, updates({ ...verdict, ageMs: 3000 }))
    one.run(1100)
    expect(one.stateOf('c')).toBe('failed')
  })

  it('is taken after a second, however often it comes, of a member that we heard before we stood still', () => {
    const one = new OneCore()
    const [b] = observers.map((name) => one.accept(peer(name))) as [number]
    one.accept(peer('c'))
    one.run(5000)
    one.stall(20_000)
    for (let ms = 0; ms <= 1100; ms += 100) {
      one.tell(b, updates({ ...verdict, ageMs: 16_000 + ms }))
      one.run(100)
    }
    expect(one.stateOf('c')).toBe('failed')
  })

  it('gets no more time by higher claims that nobody has refuted', () => {
    const one = new OneCore()
    const [b, e] = observers.map((name) => one.accept(peer(name))) as [number, number]
    one.accept(peer('c'))
    one.run(5000)
    one.tell(b, updates(verdict))
    one.run(900)
    one.tell(e, updates({ ...verdict, incarnation: 1 }))
    one.run(200)
    expect(one.stateOf('c')).toBe('failed')
  })

  it('is shown to the member even right after an older claim', () => {
    const one = new OneCore()
    const [b, e] = observers.map((name) => one.accept(peer(name))) as [number, number]
    const c = one.accept(peer('c'))
    one.run(5000)
    one.tell(b, updates(rumour('c', { state: 'suspect', by: 'b', ageMs: 3000 })))
    one.tell(c, updates(peer('c', { incarnation: 1 })))
    const from = one.outputs.length
    one.tell(e, updates({ ...verdict, incarnation: 1 }))
    expect(one.stateOf('c')).toBe('alive')
    expect(toldToSubject(one, c, from)).toMatchObject([{ state: 'failed', incarnation: 1 }])
  })

  it('is taken with what the member says of itself, whoever has told that meanwhile', () => {
    const one = new OneCore()
    const [b, e] = observers.map((name) => one.accept(peer(name))) as [number, number]
    one.accept(peer('c'))
    one.run(5000)
    one.tell(b, updates({ ...verdict, incarnation: 1 }))
    const record = { addresses: ['10.0.0.9:7946'], leaving: false, metadata: new Uint8Array([1]) }
    one.tell(e, updates({ ...verdict, incarnation: 1, by: 'b', record }))
    one.run(1100)
    expect(one.stateOf('c')).toBe('failed')
    expect(one.core.view.members.find(({ name }) => name === 'c')).toMatchObject(record)
  })

  it('has its teller asked for what the member says of itself on the link that there is by then', () => {
    const one = new OneCore()
    const [b] = observers.map((name) => one.accept(peer(name))) as [number]
    one.accept(peer('c'))
    one.run(5000)
    one.tell(b, updates({ ...verdict, incarnation: 1 }))
    one.give({ type: 'link-closed', link: b, end: { code: 4012 } })
    const again = one.accept(peer('b'))
    const from = one.outputs.length
    one.run(1100)
    expect(one.stateOf('c')).toBe('failed')
    expect(one.sent('want', from)).toMatchObject([{ link: again, message: { names: ['c'] } }])
  })
})
