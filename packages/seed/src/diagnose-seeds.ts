// Says why the set of seeds is empty or incomplete. Pure: what DNS gave and what the dials met come in as plain
// data, findings for programs and a text for people go out.
import { canonicalAddress, parseSeed } from './address.ts'
import { few } from './problem-text.ts'
import { flattenProblems, type SeedProblem } from './seed-problem.ts'
import type { AnySeedSnapshot } from './seed-source.ts'

/** An address that was dialed and is not linked. */
export interface UnreachedSeed {
  /** `10.0.0.1` or `10.0.0.1:7946`. */
  readonly address: string
  /** What the last dial met: `refused`, `timeout`, `unreachable`, or any other word. `pending` is no fault yet. */
  readonly why: string
}

/** Facts for a diagnosis. What `diagnosis()` of a cluster of `@rollcall/membership` returns will do as it is. */
export interface SeedFacts {
  /** The last snapshot of the source; leave out if none has come yet. */
  readonly seeds?: AnySeedSnapshot | undefined
  /** Addresses this process listens on (`POD_IP`, `POD_IPS`), with or without port. Default none: not judged. */
  readonly ownAddresses?: readonly string[]
  /** Addresses that no link goes to. Default none. */
  readonly unreached?: readonly UnreachedSeed[]
}

/** One thing found. */
export type SeedFinding =
  | SeedProblem
  | ({ readonly message: string } & (
      | {
          /** `not-asked`: no snapshot yet. `none-listed`: an empty set without any problem. */
          readonly type: 'not-asked' | 'none-listed'
        }
      | {
          /** The answer lists others, but not this process: it is not Ready, or not part of the Service. */
          readonly type: 'own-address-missing'
          readonly addresses: readonly string[]
        }
      | {
          /** Only this process is listed. */
          readonly type: 'only-self'
        }
      | {
          /** Dialed, and the connection is refused, unanswered, without a route, or fails otherwise. */
          readonly type: 'dials-refused' | 'dials-unanswered' | 'dials-unreachable' | 'dials-failed'
          readonly addresses: readonly string[]
        }
    ))

/** What is wrong, or that nothing is. */
export interface SeedDiagnosis {
  /** True if there are no findings. */
  readonly ok: boolean
  /** Most basic first. */
  readonly findings: readonly SeedFinding[]
  /** All findings for a log or a terminal: a sentence or two each. */
  readonly text: string
}

/** Diagnoses a set of seeds. Calls nothing and never throws. */
export function diagnoseSeeds(facts: SeedFacts): SeedDiagnosis {
  const { seeds: snapshot, ownAddresses = [], unreached = [] } = facts
  const findings =
    snapshot === undefined ? [notAsked] : [...problemsOf(snapshot), ...gaps(snapshot, ownAddresses)]
  findings.push(...dialFindings(unreached))
  const count = snapshot?.seeds.length ?? 0
  const fine = `${count} ${count === 1 ? 'address is' : 'addresses are'} listed, and nothing is wrong.`
  return {
    ok: findings.length === 0,
    findings,
    text: findings.length === 0 ? fine : findings.map((finding) => finding.message).join(' '),
  }
}

const notAsked: SeedFinding = { type: 'not-asked', message: 'No answer about seeds has come yet.' }

function problemsOf(snapshot: AnySeedSnapshot): SeedFinding[] {
  return snapshot.problem === undefined ? [] : flattenProblems([snapshot.problem as SeedProblem])
}

/** What the list itself shows: nobody, only ourselves, or all but ourselves. */
function gaps({ seeds, problem }: AnySeedSnapshot, ownAddresses: readonly string[]): SeedFinding[] {
  if (seeds.length === 0) {
    const message = 'The source of seeds answers, and lists no address.'
    return problem === undefined ? [{ type: 'none-listed', message }] : []
  }
  if (ownAddresses.length === 0) return []
  const own = ownAddresses.map(parsed)
  const others = seeds.filter(
    (seed) => !own.some((one) => isSame(one, { ...parsed(seed.address), port: seed.port })),
  )
  if (others.length === 0) {
    const message =
      'Only this process itself is listed. If the list comes from the DNS of a Service, it is the only pod of it that is Ready or published.'
    return [{ type: 'only-self', message }]
  }
  if (others.length < seeds.length) return []
  const virtual =
    seeds.length === 1 ? `, or ${seeds[0]?.address} is the address of a Service that is not headless` : ''
  const message = `This process (${few(ownAddresses)}) is not listed, so others cannot find it there. If the list comes from the DNS of a Service, its pod is not Ready and publishNotReadyAddresses is not set, or the Service does not select it${virtual}.`
  return [{ type: 'own-address-missing', addresses: [...ownAddresses], message }]
}

const dialClasses = {
  refused: {
    type: 'dials-refused',
    what: 'nothing listens there (a pod that is starting, has crashed, or uses another port)',
  },
  timeout: {
    type: 'dials-unanswered',
    what: 'no answer; the pod is gone or frozen, or a network policy drops the packets',
  },
  unreachable: { type: 'dials-unreachable', what: 'no route' },
} as const

function dialFindings(unreached: readonly UnreachedSeed[]): SeedFinding[] {
  const classes = Object.entries(dialClasses).map(([why, { type, what }]) => {
    const addresses = unreached.filter((one) => one.why === why).map((one) => one.address)
    return { type, addresses, message: `No link to ${few(addresses)}: ${what}.` }
  })
  const others = unreached.filter(({ why }) => why !== 'pending' && !(why in dialClasses))
  const addresses = others.map(({ address }) => address)
  const message = `No link to ${few(others.map(({ address, why }) => `${address} (${why})`))}.`
  const all: SeedFinding[] = [...classes, { type: 'dials-failed', addresses, message }]
  return all.filter((finding) => 'addresses' in finding && finding.addresses.length > 0)
}

/** Whether both may be one place: a port that is not known tells nothing apart. */
function isSame(one: Place, other: Place): boolean {
  const known = one.port !== undefined && other.port !== undefined
  return one.address === other.address && (!known || one.port === other.port)
}

interface Place {
  readonly address: string
  readonly port?: number | undefined
}

function parsed(text: string): Place {
  return parseSeed(text) ?? { address: canonicalAddress(text) ?? text }
}
