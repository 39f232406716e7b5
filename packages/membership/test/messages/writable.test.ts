import { describe, expect, it } from 'vitest'
import { Waiters } from '../../src/messages/writable.ts'

/** So many who wait; each takes the room of one request, half of them only when others have had their turn. */
function queue(count: number) {
  let room = 0
  const turns: (() => void)[] = []
  const gone: number[] = []
  const refused: number[] = []
  const waiters = new Waiters(
    () => room,
    (run) => void turns.push(run),
  )
  for (let n = 0; n < count; n++) {
    const look = () => {
      if (room === 0) {
        refused.push(n)
        return
      }
      waiters.delete(look)
      gone.push(n)
      if (n % 2 === 0) room--
      else turns.unshift(() => void room--)
    }
    waiters.add(look)
  }
  const free = (more: number) => {
    room += more
    waiters.wake()
  }
  const turn = () => {
    for (const run of turns.splice(0)) run()
  }
  return { waiters, free, turn, gone, refused }
}

describe('whoever waits to send', () => {
  it('goes on when there is room for it, who has waited longest first', () => {
    const { free, turn, gone, refused } = queue(1000)
    free(2)
    expect(gone).toEqual([0, 1])
    free(3)
    expect(gone).toEqual([0, 1])
    turn()
    turn()
    expect(gone).toEqual([0, 1, 2, 3, 4])
    expect(refused).toEqual([])
  })

  it('all go on while there is room, some in each turn', () => {
    const { free, turn, gone } = queue(1000)
    free(5000)
    const turns = [gone.length]
    while (gone.length < 1000) {
      turn()
      turns.push(gone.length)
    }
    expect(turns).toEqual([256, 512, 768, 1000])
  })

  it('all look when there is nothing to wait for any more', () => {
    const { waiters, refused } = queue(3)
    waiters.end()
    expect(refused).toEqual([0, 1, 2])
  })
})
