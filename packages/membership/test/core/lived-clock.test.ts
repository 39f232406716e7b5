import { describe, expect, it } from 'vitest'
import { LivedClock } from '../../src/core/lived-clock.ts'

describe('lived time', () => {
  it('runs with real time while inputs come often', () => {
    const clock = new LivedClock(0, 100)
    for (let now = 50; now <= 1000; now += 50) clock.advance(now)
    expect(clock.lived).toBe(1000)
  })

  it('counts a long gap as one step', () => {
    const clock = new LivedClock(0, 100)
    clock.advance(20_000)
    expect(clock.now).toBe(20_000)
    expect(clock.lived).toBe(100)
  })

  it('does not run backwards', () => {
    const clock = new LivedClock(500, 100)
    clock.advance(400)
    expect(clock.now).toBe(500)
    expect(clock.lived).toBe(0)
  })

  it('asks to be woken before a step is lost', () => {
    const clock = new LivedClock(0, 100)
    expect(clock.wakeFor(3500)).toBe(50)
    expect(clock.wakeFor(20)).toBe(20)
    expect(clock.wakeFor(-5)).toBe(0)
  })

  it('remembers a stall for a moment', () => {
    const clock = new LivedClock(0, 100)
    clock.advance(90)
    expect(clock.hasJustStalled).toBe(false)
    clock.advance(5000)
    expect(clock.hasJustStalled).toBe(true)
    for (let now = 5050; now <= 5300; now += 50) clock.advance(now)
    expect(clock.hasJustStalled).toBe(false)
  })
})
