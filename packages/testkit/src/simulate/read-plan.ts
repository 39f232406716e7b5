// Reads a stored plan, and says which field is wrong where one is: a plan with a slip of the pen would else play on with
// NaN for a time, or without the step that matters.
import { readFileSync } from 'node:fs'
import { defaultProtocol } from '@rollcall/membership/internal'
import { defaultService } from '../sim/headless-service.ts'
import type { Plan, Step } from '../sim/plan.ts'
import { defaultNetwork } from '../sim/routes.ts'

type Fields = Readonly<Record<string, unknown>> & {
  readonly type?: unknown
  readonly steps?: unknown
  readonly plan?: unknown
  readonly failures?: unknown
}
/** What a value must be, in words, and whether it is that. */
type Rule = readonly [expected: string, holds: (value: unknown) => boolean]

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown) => typeof value === 'string' && value !== ''

const text: Rule = ['a name', isText]
const names: Rule = ['an array of names', (value) => Array.isArray(value) && value.every(isText)]
const yesOrNo: Rule = ['true or false', (value) => typeof value === 'boolean']
const number: Rule = ['a number', isNumber]
const ms: Rule = ['a number of ms, 0 or more', (value) => isNumber(value) && value >= 0]
const share: Rule = ['a number from 0 to 1', (value) => isNumber(value) && value >= 0 && value <= 1]
const whole = (least: number): Rule => [
  `a whole number of at least ${least}`,
  (value) => Number.isSafeInteger(value) && (value as number) >= least,
]
const oneOf = (...values: string[]): Rule => [
  `one of ${values.join(', ')}`,
  (value) => values.includes(value as string),
]
const maybe = ([expected, holds]: Rule): Rule => [
  `${expected}, or absent`,
  (value) => value === undefined || holds(value),
]

const modes = oneOf('normal', 'empty', 'failing', 'partial', 'stale', 'wrong', 'foreign')
const ip = maybe(oneOf('reused', 'reused-last'))

/** The fields of each type of step, beside `at` and `type`. */
const steps: { readonly [Type in Step['type']]: Readonly<Record<string, Rule>> } = {
  kill: { member: text, address: oneOf('stays', 'vanishes', 'vanishes-first') },
  freeze: { member: text, forMs: ms },
  slow: { member: text, lateMs: ms, forMs: ms },
  cut: { members: names, others: maybe(names), isOneWay: yesOrNo, forMs: ms, flapMs: maybe(ms) },
  'slow-links': {
    ...{ members: names, others: maybe(names) },
    ...{ delayMs: ms, spikeMs: ms, spikeChance: share, forMs: ms },
  },
  'refuse-dials': { member: text, answer: oneOf('refused', 'nothing'), forMs: ms },
  restart: { member: text, sameAddress: yesOrNo, clockBackMs: number },
  leave: { member: text, lost: maybe(oneOf('cut', 'killed')), handoverMs: maybe(ms) },
  forget: { member: text, name: text },
  'reset-links': { member: text },
  'outdate-links': { member: text },
  'half-open': { member: text, answer: oneOf('reset', 'nothing'), share },
  'set-metadata': { member: text, value: number },
  expect: { member: text, size: whole(1) },
  load: { member: text, bytes: whole(4), everyMs: ms, forMs: ms },
  add: { member: text, ip },
  duplicate: { member: text, of: text, clockBackMs: number },
  foreign: { member: text, name: text, ip, forMs: maybe(ms) },
  dns: { mode: modes, forMs: ms },
}

/** Options that are all numbers, of which each can be left out. */
const options = (known: readonly string[]): Rule => [
  `an object of numbers, by the names ${known.join(', ')}`,
  (value) =>
    isObject(value) && Object.entries(value).every(([name, each]) => known.includes(name) && isNumber(each)),
]

const planFields: Readonly<Record<string, Rule>> = {
  seed: whole(0),
  members: whole(1),
  startSpreadMs: ms,
  network: options(Object.keys(defaultNetwork)),
  service: options(Object.keys(defaultService)),
  messages: maybe(yesOrNo),
  protocol: maybe(options(Object.keys(defaultProtocol))),
  steps: ['an array of steps', (value) => Array.isArray(value) && value.every(isObject)],
  quietAt: maybe(['an array of times in ms', (value) => Array.isArray(value) && value.every(ms[1])]),
  calmAt: ms,
}

function check(file: string, where: string, fields: Fields, rules: Readonly<Record<string, Rule>>): void {
  for (const [name, [expected, holds]] of Object.entries(rules)) {
    if (holds(fields[name])) continue
    const found = fields[name] === undefined ? 'nothing' : JSON.stringify(fields[name])
    throw new RangeError(`${file}: ${where}${name} must be ${expected}, not ${found.slice(0, 80)}`)
  }
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(rules, name))
  if (unknown !== undefined) throw new RangeError(`${file}: ${where}${unknown} is no field of it`)
}

function checkStep(file: string, step: Fields, index: number): void {
  const where = `steps[${index}].`
  const type = oneOf(...Object.keys(steps))
  const own = type[1](step.type) ? steps[step.type as Step['type']] : undefined
  check(file, where, own ? step : { type: step.type }, { type, ...(own && { at: ms, ...own }) })
}

/**
 * A plan alone, with a note beside it as in `test/simulation/kept`, or the first one that failed in what `--json` wrote.
 *
 * @throws RangeError that names the field, when it is none.
 */
export function readPlan(file: string): Plan {
  const stored = parse(file)
  const failures = stored.failures
  const first = Array.isArray(failures) ? failures[0] : undefined
  if (Array.isArray(failures) && first === undefined) throw new RangeError(`${file}: failures is empty`)
  const plan = stored.plan ?? (isObject(first) ? first.plan : undefined) ?? stored
  if (!isObject(plan)) throw new RangeError(`${file}: plan must be an object`)
  check(file, '', plan, planFields)
  ;(plan.steps as Fields[]).forEach((step, index) => {
    checkStep(file, step, index)
  })
  return plan as unknown as Plan
}

function parse(file: string): Fields {
  const content = readFileSync(file, 'utf8')
  let stored: unknown
  try {
    stored = JSON.parse(content)
  } catch (error) {
    throw new RangeError(`${file} is no JSON: ${(error as Error).message}`)
  }
  if (!isObject(stored)) throw new RangeError(`${file} holds no plan`)
  return stored
}
