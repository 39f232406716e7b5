// Starts members as processes of their own, and reads what they say of themselves.
import { fileURLToPath } from 'node:url'
import type { LeaveSignal, MemberState } from '@rollcall/membership'
import { type Child, spawnChild } from '@rollcall/testkit'

/** What a member process is given. */
export interface Config {
  readonly name: string
  readonly host: string
  readonly port?: number
  readonly seeds: readonly string[]
  readonly signals?: true | readonly LeaveSignal[]
  /** Its wall clock is off by so much. */
  readonly clockShiftMs?: number
}

/** What a member process says of one member. */
export interface Seen {
  readonly state: MemberState
  readonly generation: number
  readonly incarnation: number
}

/** A running member process. */
export interface MemberChild {
  readonly process: Child
  readonly address: string
  readonly generation: number
  readonly instance: string
  /** Each name in its latest view. */
  view(): Readonly<Record<string, Seen | undefined>>
  /** Everything it said of a kind so far, such as `failed` or `closed`. */
  said(what: string): unknown[]
}

const program = fileURLToPath(new URL('./member-process.ts', import.meta.url))

/** Starts one; resolves when it has joined. */
export async function startMember(config: Config): Promise<MemberChild> {
  const process = await spawnChild({
    args: ['--conditions=@rollcall/source', '--import', 'tsx', program, JSON.stringify(config)],
    readyLine: 'joined ',
    readyTimeoutMs: 20_000,
  })
  const said = (what: string) =>
    process.lines
      .filter((line) => line.startsWith(`${what} `))
      .map((line) => JSON.parse(line.slice(what.length + 1)))
  const [joined] = said('joined') as Pick<MemberChild, 'address' | 'generation' | 'instance'>[]
  if (joined === undefined) throw new Error('it said that it has joined, and not as whom')
  return {
    process,
    ...joined,
    view: () => (said('view').at(-1) ?? {}) as ReturnType<MemberChild['view']>,
    said,
  }
}
