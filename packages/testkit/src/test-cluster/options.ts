// What a test cluster is made of.
import { type JoinOptions, OptionError } from '@rollcall/membership'
import { checkNames } from '@rollcall/membership/internal'
import { defaultNetwork, type NetworkOptions } from '../sim/routes.ts'

/** Options of `join` that a test decides about. What concerns addresses, seeds and the process belongs to the simulation. */
export type TestJoinOptions<M = unknown> = Omit<JoinOptions<M>, SimulatedOption>

type SimulatedOption = (typeof simulatedOptions)[number]

const simulatedOptions = [
  ...(['name', 'clusterId', 'alsoClusterIds', 'seeds', 'security', 'signals'] as const),
  ...(['host', 'port', 'advertise', 'server', 'path'] as const),
] as const

/** Options of `createTestCluster`. */
export interface TestClusterOptions<M = unknown> {
  /** Any whole number: the same one gives the same run. Default 1. */
  readonly seed?: number
  /** For every member, or for the one of that name. Default: those of production. */
  readonly joinOptions?: TestJoinOptions<M> | ((name: string) => TestJoinOptions<M>)
  /** How packets fare. Default: 0.1 to 1 ms from one member to another, and none is lost. */
  readonly network?: Partial<NetworkOptions>
}

/** More take minutes to form. */
const MAX_MEMBERS = 1000

/** @throws OptionError */
export function checkTestOptions(size: number, options: TestClusterOptions<never>): void {
  if (!Number.isSafeInteger(size) || size < 0 || size > MAX_MEMBERS)
    throw new OptionError('n', `a number of members from 0 to ${MAX_MEMBERS}`, size)
  checkNames('', options, ['seed', 'joinOptions', 'network'])
  const { seed, joinOptions = {}, network = {} } = options
  if (typeof joinOptions !== 'function' && (typeof joinOptions !== 'object' || joinOptions === null))
    throw new OptionError('joinOptions', 'an object, or a function that gives one for a name', joinOptions)
  checkNames('network.', network, Object.keys(defaultNetwork))
  if (seed !== undefined && !Number.isSafeInteger(seed)) throw new OptionError('seed', 'a whole number', seed)
}

/** What `join` itself does not check. @throws OptionError */
export function checkTestJoinOptions(options: object): void {
  for (const name of simulatedOptions) {
    if (name in options) {
      throw new OptionError(name, 'nothing: a test cluster decides it', (options as JoinOptions)[name])
    }
  }
}

/** What a condition says. @throws OptionError: a promise, for one, would always hold */
export function checkTruth(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new OptionError('condition', 'a function that returns true or false', value)
}

/** What `until` is told. @throws OptionError */
export function checkUntil(what: unknown, options: { readonly withinMs?: number }): void {
  checkNames('', options, ['withinMs'])
  if (typeof what === 'function' || typeof (what as Promise<unknown> | undefined)?.then === 'function') return
  throw new OptionError('condition', 'a function that returns true or false, or a promise', what)
}

/** Members to cut off. @throws OptionError */
export function checkGroup(members: unknown): void {
  if (!Array.isArray(members)) throw new OptionError('group', 'an array of members', members)
}

/** A time that is to pass. @throws OptionError */
export function checkMs(option: string, ms: number): number {
  if (Number.isFinite(ms) && ms >= 0) return ms
  throw new OptionError(option, 'a finite number of virtual milliseconds, 0 or more', ms)
}
