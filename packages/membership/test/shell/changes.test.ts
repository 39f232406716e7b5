import { describe, expect, it } from 'vitest'
import type { ClusterEvent, View } from '../../src/index.ts'
import { ChangeQueue, MAX_WAITING_CHANGES } from '../../src/shell/changes.ts'

const view = (number: number): View => ({ number, id: '', self: {} as never, members: [] })
const event = (number: number): ClusterEvent => ({ type: 'view-changed', view: view(number) })

function queueAt(start: number) {
  const present = { view: view(start) }
  let ended = 0
  const queue = new ChangeQueue<unknown>(
    () => present.view,
    () => ended++,
  )
  const happen = (number: number) => {
    present.view = view(number)
    queue.push(event(number))
  }
  return { queue, happen, ended: () => ended }
}

describe('a queue of changes', () => {
  it('starts with the view as it was when asked for, then gives each event', async () => {
    const { queue, happen } = queueAt(1)
    happen(2)
    expect((await queue.next()).value).toMatchObject({ type: 'view', view: { number: 1 } })
    expect((await queue.next()).value).toMatchObject({ type: 'view-changed', view: { number: 2 } })
    const waiting = [queue.next(), queue.next()]
    happen(3)
    happen(4)
    const numbers = (await Promise.all(waiting)).map(({ value }) => value?.view.number)
    expect(numbers).toEqual([3, 4])
  })

  it('gives a slow reader the present view in place of what it missed, and nothing older after it', async () => {
    const { queue, happen } = queueAt(0)
    const events = MAX_WAITING_CHANGES + 500
    for (let number = 1; number <= events; number++) happen(number)
    const { value } = await queue.next()
    // The first item, never read, is among the missed.
    expect(value).toMatchObject({ type: 'resync', missed: events + 1, view: { number: events } })
    happen(events + 1)
    expect((await queue.next()).value).toMatchObject({ type: 'view-changed', view: { number: events + 1 } })
  })

  it('can be read to its end after it was ended', async () => {
    const { queue, happen, ended } = queueAt(1)
    happen(2)
    queue.end()
    queue.end()
    happen(3)
    const types = []
    for await (const change of queue) types.push(change.type)
    expect(types).toEqual(['view', 'view-changed'])
    expect(ended()).toBe(1)
  })

  it('releases readers that wait, and keeps nothing, when the loop is left', async () => {
    const { queue, happen, ended } = queueAt(1)
    for await (const _ of queue) break
    happen(2)
    expect(await queue.next()).toEqual({ done: true, value: undefined })
    expect(ended()).toBe(1)
  })
})
