import { expect, it } from 'vitest'
import { readWholeNumbers, usageOf } from '../../bench/whole-numbers.ts'

const options = {
  members: { about: 'size of the cluster', byDefault: 128, least: 4 },
  seed: { about: 'the first seed', byDefault: 1, least: 0 },
}

it('takes what is given, and the defaults for the rest', () => {
  expect(readWholeNumbers(['--members', '32'], options)).toEqual({ members: 32, seed: 1 })
})

it('runs nothing when asked for help, and tells every option', () => {
  expect(readWholeNumbers(['--help'], options)).toBe(undefined)
  expect(usageOf('npm run it', options)).toMatch(
    /npm run it -- .*--members N .*default 128.*--seed N .*--help/s,
  )
})

it.each([['3'], ['4.5'], [''], ['many']])('refuses %j members', (text) => {
  expect(() => readWholeNumbers(['--members', text], options)).toThrow(
    `--members: expected a whole number of at least 4, got "${text}"`,
  )
})

it('refuses an option that it does not know', () => {
  expect(() => readWholeNumbers(['--size', '3'], options)).toThrow("'--size'")
})
