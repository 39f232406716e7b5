import { describe, expect, it } from 'vitest'
import { PeerLog } from '../../src/shell/log.ts'
import { recorder } from './clusters.ts'

describe('the log', () => {
  it('says one thing about one peer once a minute', () => {
    const { lines, logger } = recorder()
    const clock = { time: 0, now: () => clock.time }
    const log = new PeerLog(logger, clock)
    const say = (kind: string, peer: string) => log.about('warn', kind, peer, `${kind} ${peer}`)
    say('bad-frame', 'a')
    say('bad-frame', 'a')
    say('bad-frame', 'b')
    say('busy', 'a')
    expect(lines).toEqual(['bad-frame a', 'bad-frame b', 'busy a'])
    clock.time = 59_999
    say('bad-frame', 'a')
    clock.time = 60_000
    say('bad-frame', 'a')
    expect(lines.length).toBe(4)
  })

  it('says one thing about each topic of a peer once a minute', () => {
    const { fields, logger } = recorder()
    const log = new PeerLog(logger, { now: () => 0 })
    for (const topic of ['x', 'y', 'x']) log.about('warn', 'dropped-message', 'a', 'text', { topic })
    expect(fields).toEqual(['x', 'y'].map((topic) => ({ kind: 'dropped-message', peer: 'a', topic })))
  })

  it('does not forget what it has said for lines that are left out', () => {
    const { lines, logger } = recorder()
    const log = new PeerLog(logger, { now: () => 0 })
    log.about('warn', 'bad-frame', 'a', 'once')
    for (let i = 0; i < 2000; i++) log.about('warn', 'busy', `peer-${i}`, 'busy')
    log.about('warn', 'bad-frame', 'a', 'once')
    expect(lines.filter((line) => line === 'once')).toEqual(['once'])
  })

  it('has an error where pino looks for it', () => {
    const { fields, logger } = recorder()
    const err = new Error('x')
    new PeerLog(logger, { now: () => 0 }).about('error', 'k', 'p', 't', { err })
    expect(fields).toEqual([{ kind: 'k', peer: 'p', err }])
  })

  it('says only so much of one kind in a minute, whoever it is about, and that more is left out', () => {
    const { lines, logger } = recorder()
    const clock = { time: 0, now: () => clock.time }
    const log = new PeerLog(logger, clock)
    for (let i = 0; i < 2000; i++) log.about('warn', 'busy', `peer-${i}`, `peer-${i}`)
    expect(lines.length).toBe(257)
    expect(lines.at(-1)).toBe('256 lines of busy within a minute: further ones are left out until it is over')
    log.about('warn', 'bad-frame', 'peer-0', 'another kind')
    clock.time = 60_000
    log.about('warn', 'busy', 'peer-2000', 'a minute later')
    expect(lines.slice(257)).toEqual(['another kind', 'a minute later'])
  })

  it('remembers only so many peers', () => {
    const { lines, logger } = recorder()
    const clock = { time: 0, now: () => clock.time }
    const log = new PeerLog(logger, clock)
    for (let i = 0; i < 2000; i++) log.about('warn', `kind ${i >> 3}`, `peer-${i}`, 'x')
    log.about('warn', `kind ${1999 >> 3}`, 'peer-1999', 'x')
    expect(lines.length).toBe(2000)
    log.about('warn', 'kind 0', 'peer-0', 'x')
    expect(lines.length).toBe(2001)
  })

  it('survives a logger that throws, and is silent without one', () => {
    const fail = () => {
      throw new Error('disk full')
    }
    const failing = new PeerLog({ debug: fail, info: fail, warn: fail, error: fail }, { now: () => 0 })
    expect(() => failing.about('warn', 'k', 'p', 't')).not.toThrow()
    expect(() => new PeerLog(undefined, { now: () => 0 }).about('warn', 'k', 'p', 't')).not.toThrow()
  })
})
