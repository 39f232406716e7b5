import { describe, expect, it } from 'vitest'
import { help, parseArguments } from '../src/arguments.ts'

describe('the command line', () => {
  it('plays live when nothing is said', () => {
    expect(parseArguments([])).toEqual({ type: 'run', script: false, oneAddress: false })
  })

  it('takes a file for the results, which only the script has', () => {
    const wanted = { type: 'run', script: true, oneAddress: false, json: 'out.json' }
    expect(parseArguments(['--json', 'out.json'])).toEqual(wanted)
    expect(parseArguments(['--json=out.json'])).toEqual(wanted)
    expect(parseArguments(['--script', '--json', 'out.json'])).toEqual(wanted)
  })

  it('knows its other arguments, and its help names all of them', () => {
    expect(parseArguments(['--script', '--one-address'])).toMatchObject({ script: true, oneAddress: true })
    expect(parseArguments(['--script', '--help'])).toEqual({ type: 'help' })
    for (const name of ['--script', '--json', '--one-address', '--help']) expect(help).toContain(name)
  })

  it.each([
    [['--scrip'], "unknown argument '--scrip'"],
    [['now'], "unknown argument 'now'"],
    [['--json'], '--json needs the name of a file'],
    [['--json', '--script'], '--json needs the name of a file'],
    [['--json='], '--json needs the name of a file'],
  ])('refuses %j and says why', (parameters, message) => {
    expect(parseArguments(parameters)).toEqual({ type: 'wrong', message: expect.stringContaining(message) })
  })
})
