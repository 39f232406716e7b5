// The command line of the benches in virtual time: a few whole numbers.
import { parseArgs } from 'node:util'

/** One option. */
export interface WholeNumber {
  readonly about: string
  readonly byDefault: number
  readonly least: number
}

/** How to use such a command. */
export function usageOf(command: string, options: Readonly<Record<string, WholeNumber>>): string {
  const lines = Object.entries(options).map(
    ([name, { about, byDefault }]) => `  ${`--${name} N`.padEnd(14)} ${about} (default ${byDefault})`,
  )
  return `${command} -- [options]\n\n${lines.join('\n')}\n  ${'--help'.padEnd(14)} this text\n`
}

/** Reads the options; undefined when help is asked for. Throws, with the option in the message, for what is wrong. */
export function readWholeNumbers<Name extends string>(
  args: readonly string[],
  options: Readonly<Record<Name, WholeNumber>>,
): Record<Name, number> | undefined {
  const names = Object.keys(options) as Name[]
  const strings = names.map((name) => [name, { type: 'string' }] as const)
  const { values } = parseArgs({
    args: [...args],
    options: { ...Object.fromEntries(strings), help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) return undefined
  const given = values as Readonly<Record<string, string | undefined>>
  const numbers = names.map((name) => [name, wholeNumber(name, given[name], options[name])])
  return Object.fromEntries(numbers) as Record<Name, number>
}

/** The options of this process; prints help, or what is wrong, and ends it where there is nothing to run. */
export function wholeNumbersOrExit<Name extends string>(
  command: string,
  options: Readonly<Record<Name, WholeNumber>>,
): Record<Name, number> {
  const usage = usageOf(command, options)
  try {
    const numbers = readWholeNumbers(process.argv.slice(2), options)
    if (numbers !== undefined) return numbers
    process.stdout.write(usage)
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}`)
    process.exit(2)
  }
}

function wholeNumber(name: string, text: string | undefined, { byDefault, least }: WholeNumber): number {
  if (text === undefined) return byDefault
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RangeError(`--${name}: expected a whole number of at least ${least}, got "${text}"`)
}
