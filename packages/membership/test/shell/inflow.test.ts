import { describe, expect, it } from 'vitest'
import type { Message } from '../../src/core/message.ts'
import type { Connection } from '../../src/shell/connection.ts'
import { Inflow } from '../../src/shell/inflow.ts'
import { fullFact } from './messages.ts'

/** A connection whose clock is moved by hand, with 1000 a second. */
function rig() {
  const state = { now: 0, isPaused: false, pauses: 0, timer: undefined as (() => void) | undefined, at: 0 }
  const connection = {
    pause: () => {
      state.isPaused = true
    },
    resume: () => {
      state.isPaused = false
    },
  } as Connection
  const platform = {
    now: () => state.now,
    setTimer: (run: () => void, delayMs: number) => {
      state.timer = run
      state.at = state.now + delayMs
      return {}
    },
    clearTimer: () => {
      state.timer = undefined
    },
  }
  const inflow = new Inflow(connection, platform, 1000, () => state.pauses++)
  const pass = (ms: number) => {
    const end = state.now + ms
    while (state.timer !== undefined && state.at <= end) {
      const run = state.timer
      state.timer = undefined
      state.now = state.at
      run()
    }
    state.now = end
  }
  return { state, inflow, pass }
}

const updates = (count: number): Message => ({ type: 'updates', updates: Array(count).fill(fullFact) })

describe('what one link brings', () => {
  it('may be as much as ten seconds hold, at once', () => {
    const { state, inflow } = rig()
    inflow.took({ type: 'digest', facts: Array(8192).fill(fullFact) })
    for (let i = 0; i < 1000; i++)
      inflow.took({ type: 'ping', seq: i, hash: { high: 0, low: 0 }, updates: [] })
    expect(state.isPaused).toBe(false)
  })

  it('counts frames of kinds that this version does not know as well', () => {
    const { state, inflow } = rig()
    for (let i = 0; i < 10_000; i++) inflow.took(undefined)
    expect(state.isPaused).toBe(false)
    inflow.took(undefined)
    expect(state.isPaused).toBe(true)
  })

  it('is not read past that, for as long as the excess takes', () => {
    const { state, inflow, pass } = rig()
    for (let i = 0; i < 3; i++) inflow.took(updates(3999))
    expect(state).toMatchObject({ isPaused: true, pauses: 1 })
    pass(1999)
    expect(state.isPaused).toBe(true)
    pass(1)
    expect(state.isPaused).toBe(false)
  })

  it('counts what had been read already when it was paused', () => {
    const { state, inflow, pass } = rig()
    for (let i = 0; i < 4; i++) inflow.took(updates(3999))
    expect(state.pauses).toBe(1)
    pass(5999)
    expect(state.isPaused).toBe(true)
    pass(1)
    expect(state.isPaused).toBe(false)
  })

  it('is read for ever at the pace that is allowed', () => {
    const { state, inflow, pass } = rig()
    for (let second = 0; second < 100; second++) {
      inflow.took(updates(999))
      pass(1000)
    }
    expect(state.pauses).toBe(0)
  })

  it('sets no timer once its link has ended', () => {
    const { state, inflow } = rig()
    for (let i = 0; i < 3; i++) inflow.took(updates(4000))
    inflow.stop()
    expect(state.timer).toBeUndefined()
  })
})
