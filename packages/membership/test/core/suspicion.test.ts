import { describe, expect, it } from 'vitest'
import { confirmationsNeeded, Suspicion } from '../../src/core/suspicion.ts'

describe('the confirmations a verdict needs', () => {
  it.each([
    [2, 0],
    [3, 1],
    [4, 2],
    [5, 3],
    [16, 3],
    [300, 3],
    [1, 0],
  ])('of %i members present are %i', (present, needed) => {
    expect(confirmationsNeeded(present, 3)).toBe(needed)
  })
})

describe('a suspicion', () => {
  it('waits the long time until enough others confirm', () => {
    const suspicion = new Suspicion(1000, 'a')
    expect(suspicion.deadline(2, 3500, 8000)).toBe(9000)
    suspicion.confirm(1100, 'b')
    expect(suspicion.deadline(2, 3500, 8000)).toBe(9000)
    suspicion.confirm(1200, 'c')
    expect(suspicion.deadline(2, 3500, 8000)).toBe(4500)
  })

  it('counts an observer once, however often it speaks', () => {
    const suspicion = new Suspicion(1000, 'a')
    expect(suspicion.confirm(1000, 'a')).toBe(false)
    expect(suspicion.confirm(1000, 'b')).toBe(true)
    expect(suspicion.confirm(1000, 'b')).toBe(false)
    expect(suspicion.confirmations).toBe(1)
  })

  it('is asked about once for each silence, and again when an answer has come since', () => {
    const suspicion = new Suspicion(1000, 'a')
    expect(suspicion.isToBeAsked).toBe(true)
    suspicion.asked()
    suspicion.confirm(900, 'b')
    expect(suspicion.isToBeAsked).toBe(false)
    suspicion.heardAt(2500)
    expect(suspicion.isToBeAsked).toBe(true)
  })

  it('is never older than the last answer, whatever is told again', () => {
    const suspicion = new Suspicion(1000, 'a')
    suspicion.heardAt(2500)
    suspicion.confirm(1000, 'b')
    expect(suspicion.startedAt).toBe(2500)
  })

  it('is as old as the earliest unanswered probe of anyone', () => {
    const suspicion = new Suspicion(1000, 'a')
    suspicion.confirm(400, 'b')
    expect(suspicion.deadline(1, 3500, 8000)).toBe(3900)
  })

  it('starts anew from a probe that was answered', () => {
    const suspicion = new Suspicion(1000, 'a')
    suspicion.heardAt(2500)
    suspicion.heardAt(2000)
    expect(suspicion.startedAt).toBe(2500)
  })
})
