// Who did what when in a simulated run, short enough to read when a seed fails.
import type { CoreEvent, CoreMember } from '@rollcall/membership/internal'

/** One thing that happened. */
export interface TranscriptEntry {
  /** Virtual ms since the start. */
  readonly at: number
  /** The member that did or saw it; `*` for the world. */
  readonly who: string
  readonly what: string
  /** A fault or call of the scenario, not something a member saw. */
  readonly isStep: boolean
}

/** What a member told; put into words when it is read, for most of a run never is. */
class Told implements TranscriptEntry {
  readonly at: number
  readonly who: string
  readonly #type: CoreEvent['type']
  readonly #member: CoreMember | undefined
  readonly #text: string | undefined

  constructor(at: number, who: string, event: CoreEvent) {
    this.at = at
    this.who = who
    this.#type = event.type
    // The event itself would keep its view alive.
    this.#text = describe(event)
    this.#member = 'member' in event ? event.member : undefined
  }

  get isStep(): boolean {
    return false
  }

  get what(): string {
    if (this.#text !== undefined) return this.#text
    const { name, generation, incarnation } = this.#member as CoreMember
    return `${this.#type} ${name} (${generation}/${incarnation})`
  }
}

/** A record of a run. */
export class Transcript {
  readonly entries: TranscriptEntry[] = []

  /** Records a step of the scenario. */
  step(at: number, who: string, what: string): void {
    this.entries.push({ at, who, what, isStep: true })
  }

  /** Records what a member told its application. */
  event(at: number, who: string, event: CoreEvent): void {
    this.entries.push(new Told(at, who, event))
  }

  /** All steps, and what the members named told of each other (or all members): the last `most` of it. */
  text(options: { about?: readonly string[]; most?: number } = {}): string {
    const { about, most = 80 } = options
    const told = this.entries
      .filter((entry) => !entry.isStep && (!about || isAmong(entry, about)))
      .slice(-most)
    const kept = new Set(told)
    return this.entries
      .filter((entry) => entry.isStep || kept.has(entry))
      .map(
        ({ at, who, what, isStep }) => `${at.toFixed(1).padStart(10)}  ${isStep ? '*' : ' '} ${who}: ${what}`,
      )
      .join('\n')
  }
}

/** Whether one of the members named tells something about another of them, or about itself. */
function isAmong(entry: TranscriptEntry, names: readonly string[]): boolean {
  if (names.length < 2) return names.some((name) => entry.who === name || subject(entry) === name)
  if (!names.includes(entry.who)) return false
  return !entry.what.startsWith('member-') || names.some((name) => subject(entry) === name)
}

function subject(entry: TranscriptEntry): string | undefined {
  return entry.what.split(' ')[1]
}

/** What else there is to say of an event than whom it is about; undefined for nothing. */
function describe(event: CoreEvent): string | undefined {
  switch (event.type) {
    case 'member-suspected':
    case 'member-failed':
      return `${event.type} ${event.member.name} ${JSON.stringify(event.why)}`
    case 'member-restarted':
    case 'member-recovered':
      return `${event.type} ${event.member.name} (was ${event.previous.state} ${event.previous.generation}/${event.previous.incarnation}, is ${event.member.generation}/${event.member.incarnation})`
    case 'isolated':
      return `isolated ${event.isolated} (known ${event.known}, listed ${event.listed})`
    case 'superseded':
      return `superseded ${event.by.name}`
    case 'quorum-changed': {
      const { state, basis, present, expected } = event.quorum
      return `quorum-changed ${state}, ${present} of ${expected} (${basis})`
    }
    case 'view-changed':
      return `view-changed ${event.view.number}`
    default:
      return undefined
  }
}
