import { describe, expect, it } from 'vitest'
import { scenarios } from '../../src/sim/draw/scenarios.ts'
import { readOptions, usage } from '../../src/simulate/options.ts'

describe('the command line of npm run simulate', () => {
  it('has defaults', () => {
    expect(readOptions([], () => 42)).toMatchObject({ firstSeed: 42, seeds: 100, members: 50 })
  })

  it('replays one seed alone', () => {
    expect(readOptions(['--seed', '7', '--members', '12'], () => 42)).toMatchObject({
      ...{ firstSeed: 7, seeds: 1, members: 12 },
    })
  })

  it('plays one stored plan', () => {
    expect(readOptions(['--plan', 'x.json'], () => 42)).toMatchObject({ planFile: 'x.json', seeds: 1 })
  })

  it.each(['--help', '-h'])('explains itself on %s, and names every option', (help) => {
    expect(readOptions([help], () => 42)).toEqual({ type: 'help' })
    for (const name of Object.keys(scenarios)) expect(usage).toContain(`\n  ${name} `)
    for (const name of ['seeds', 'members', 'seed', 'scenario', 'plan', 'json', 'trace', 'help'])
      expect(usage).toContain(`--${name} `)
  })

  it.each([
    [['--seeds', '0'], '--seeds must be a whole number of at least 1, not "0"'],
    [['--seeds', ''], '--seeds must be a whole number of at least 1, not ""'],
    [['--members', 'many'], '--members must be a whole number from 1 to 1000, not "many"'],
    [['--members', '0'], '--members must be a whole number from 1 to 1000, not "0"'],
    [['--members', '1001'], '--members must be a whole number from 1 to 1000, not "1001"'],
    [['--seed', '-1'], '--seed must be a whole number of at least 0, not "-1"'],
    [['--seeds', '-1', '--members', '5'], '--seeds must be a whole number of at least 1, not "-1"'],
    [['--sed', '1'], "Unknown option '--sed'"],
    [['--plan', 'x.json', '--seed', '1'], '--plan goes without'],
    [['--scenario', 'no'], '--scenario must be one of mixed'],
    [['--seeds', '2', '--trace', 'x.log'], '--trace is for one seed'],
  ])('refuses %j', (args, message) => {
    expect(() => readOptions(args, () => 1)).toThrow(message)
  })
})
