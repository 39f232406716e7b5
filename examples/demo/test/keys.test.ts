import { describe, expect, it } from 'vitest'
import { keyHelp, readKeys } from '../src/screen/keys.ts'

describe('keys', () => {
  it('takes several keys in one piece of input', () => {
    expect(readKeys('3k')).toEqual([{ type: 'select', ordinal: 3 }, { type: 'kill' }])
  })

  it('takes both forms of arrow keys, and letters in capitals', () => {
    expect(readKeys('\x1b[A\x1bOB')).toEqual([
      { type: 'move', by: -1 },
      { type: 'move', by: 1 },
    ])
    expect(readKeys('F')).toEqual([{ type: 'freeze' }])
  })

  it('takes Ctrl-C for quitting, since a raw terminal sends it as a key', () => {
    expect(readKeys('\x03')).toEqual([{ type: 'quit' }])
  })

  it('ignores what means nothing, escape sequences as a whole', () => {
    expect(readKeys('\x1b[15~9z \x1b')).toEqual([])
  })

  it('has a help for 80 columns', () => {
    expect(keyHelp.some((lines) => lines.every(({ length }) => length <= 80))).toBe(true)
  })
})
