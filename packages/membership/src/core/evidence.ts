// Collects what speaks for and against each member, so that a suspicion or a verdict can be explained. A member that
// answers costs nothing: a file on it is opened by the first thing that goes wrong, holds a bounded number of items,
// is closed with the verdict, and thrown away some time after the member has recovered.
import type { Cause, CoreCertificate, Evidence, Ground, Observation, Recovery } from './certificate.ts'
import { type Address, type Life, type Millis, sameLife } from './identity.ts'
import type { Isolation } from './isolation.ts'
import type { LinkTable } from './link-table.ts'
import type { LivedClock } from './lived-clock.ts'
import type { LocalHealth } from './local-health.ts'
import { type Entry, isPresent, type MemberTable } from './member-table.ts'
import type { Change } from './roster.ts'

/** Most items on one member; the oldest give way. */
export const MAX_ITEMS = 32
/** Most names in one list of names. */
export const MAX_NAMED = 16
/** What is older says nothing about a member that is alive. */
const MEMORY_MS = 600_000

interface Item {
  /** What it has in common with like observations. */
  readonly key: string
  evidence: Evidence
}

interface File {
  readonly life: Life
  items: Item[]
  dropped: number
  /** Rises with each recovery: what came before is not counted together with what comes after. */
  episode: number
  lastHeardAt: Millis | undefined
  why: Cause | undefined
  recovered: Recovery | undefined
  /** Once it has failed. */
  certificate: CoreCertificate | undefined
}

export interface EvidenceParts {
  readonly clock: LivedClock
  readonly table: MemberTable
  readonly links: LinkTable
  readonly health: LocalHealth
  readonly isolation: () => Isolation
}

export class EvidenceFiles {
  readonly #parts: EvidenceParts
  readonly #files = new Map<string, File>()

  constructor(parts: EvidenceParts) {
    this.#parts = parts
  }

  /** Something was seen of a member that is present, or said about it. */
  note(life: Life, observation: Observation): void {
    if (this.#isOpen(life)) this.#add(this.#file(life), JSON.stringify(observation), observation)
  }

  /** A probe of ours got no answer at all. */
  probeUnanswered(life: Life, sentAt: Millis, asked: readonly string[], denied: readonly string[]): void {
    if (!this.#isOpen(life)) return
    const file = this.#file(life)
    const type = 'probe-unanswered'
    const known = file.items.find(({ key }) => key === `${file.episode} ${type}`)?.evidence
    const before = known?.type === type ? known : { asked: [], denied: [] }
    const observation: Observation = {
      type,
      asked: fewNames([...before.asked, ...asked]),
      denied: fewNames([...before.denied, ...denied]),
    }
    this.#add(file, type, observation, sentAt)
  }

  /** Our link to a member is gone; the last frame on it came at `frameAt`. `end`: how, where that means anything. */
  linkEnded(life: Life, frameAt: Millis, end: { readonly code?: number } | undefined): void {
    if (!this.#isOpen(life)) return
    const file = this.#file(life)
    file.lastHeardAt = Math.max(file.lastHeardAt ?? frameAt, frameAt)
    if (end !== undefined) this.note(life, { type: 'link-ended', ...end })
  }

  /** A dial of ours ended, or got its connection: it concerns whoever announces that address. */
  dialEnded(address: Address, result: Extract<Observation, { type: 'dial' }>['result']): void {
    for (const { life } of this.#files.values()) {
      const addresses = this.#parts.table.get(life.name)?.addresses
      if (addresses?.includes(address)) this.note(life, { type: 'dial', address, result })
    }
  }

  /** The table has changed. */
  changed({ next, previous, why }: Change): void {
    if (next.forgotten || previous === undefined || !sameLife(next, previous)) this.#files.delete(next.name)
    else if (next.state === 'alive' || previous.state === 'failed') this.#recovered(next, previous)
    if (why !== undefined && !next.forgotten && next.state !== 'left') this.#accused(next, why)
  }

  /** Who reached the verdict on a failed member and on what ground, for telling it on. */
  verdictOf(entry: Entry): { readonly by: string; readonly ground: Ground } | undefined {
    const file = this.#files.get(entry.name)
    if (file?.why === undefined || !sameLife(file.life, entry)) return undefined
    if (file.why.type === 'told') return file.why.verdict
    return { by: this.#parts.table.self.name, ground: file.why.type }
  }

  /** All that is known about why a member stands as it does. */
  certificate(entry: Entry): CoreCertificate {
    const held = this.#files.get(entry.name)
    const file = held !== undefined && sameLife(held.life, entry) ? held : undefined
    return entry.state === 'failed' && file?.certificate !== undefined
      ? file.certificate
      : this.#certify(entry, file)
  }

  /** Throws away what has lost its meaning. */
  sweep(): void {
    const { clock, table } = this.#parts
    const isFresh = (at: Millis | undefined) => at !== undefined && clock.now - at < MEMORY_MS
    for (const [name, file] of this.#files) {
      const entry = table.get(name)
      if (entry === undefined) this.#files.delete(name)
      if (entry?.state !== 'alive') continue
      file.items = file.items.filter(({ evidence }) => isFresh(evidence.at))
      if (file.items.length > 0 || file.recovered !== undefined || isFresh(file.lastHeardAt)) continue
      this.#files.delete(name)
    }
  }

  /** Whether anything more can be said: after the verdict nothing can. */
  #isOpen(life: Life): boolean {
    const entry = this.#parts.table.get(life.name)
    return entry !== undefined && isPresent(entry) && sameLife(entry, life)
  }

  #file({ name, generation, instance }: Life): File {
    const life = { name, generation, instance }
    const known = this.#files.get(name)
    if (known !== undefined && sameLife(known.life, life)) return known
    const file: File = {
      life,
      items: [],
      dropped: 0,
      episode: 0,
      lastHeardAt: undefined,
      why: undefined,
      recovered: undefined,
      certificate: undefined,
    }
    this.#files.set(name, file)
    return file
  }

  #add(file: File, kind: string, observation: Observation, at: Millis = this.#parts.clock.now): void {
    const key = `${file.episode} ${kind}`
    const known = file.items.find((item) => item.key === key)
    if (known !== undefined) {
      const { count, firstAt } = known.evidence
      known.evidence = { ...observation, count: count + 1, firstAt, at }
      return
    }
    file.items.push({ key, evidence: { ...observation, count: 1, firstAt: at, at } })
    if (file.items.length <= MAX_ITEMS) return
    file.items.shift()
    file.dropped++
  }

  #accused(entry: Entry, why: Cause): void {
    const file = this.#file(entry)
    file.why = why
    if (entry.state === 'suspect') {
      const observers = why.type === 'silence' ? why.confirmedBy : why.type === 'told' ? [] : why.votes
      for (const by of observers) this.note(entry, { type: 'suspicion', by })
    } else {
      file.certificate = this.#certify(entry, file)
    }
  }

  #recovered(next: Entry, previous: Entry): void {
    const { now } = this.#parts.clock
    const file = this.#files.get(next.name)
    const { state, since } = previous
    if (file?.why === undefined || (state !== 'suspect' && state !== 'failed')) return
    file.recovered = { state, since, why: file.why, recoveredAt: now }
    file.why = undefined
    file.certificate = undefined
    this.note(next, { type: 'refuted', incarnation: next.incarnation })
    file.episode++
  }

  #certify(entry: Entry, file: File | undefined): CoreCertificate {
    const { clock, table, links, health, isolation } = this.#parts
    const { name, generation, instance, incarnation, state, since } = entry
    const linkAt = links.current(name)?.frameAt
    const heard = [linkAt, file?.lastHeardAt].filter((at) => at !== undefined)
    return {
      ...{ name, generation, instance, incarnation, state, since },
      ...(file?.why === undefined || state === 'left' ? {} : { why: file.why }),
      ...(heard.length === 0 ? {} : { lastHeardAt: Math.max(...heard) }),
      evidence: file?.items.map((item) => item.evidence) ?? [],
      dropped: file?.dropped ?? 0,
      ...(file?.recovered === undefined ? {} : { recovered: file.recovered }),
      observer: {
        isolated: isolation().isolated,
        patience: health.patience,
        ...(clock.stalledAt === undefined ? {} : { stalledAt: clock.stalledAt }),
        present: table.presentCount,
        linked: links.currentCount,
      },
    }
  }
}

/** So many different names, the first ones. */
export function fewNames(names: Iterable<string>): string[] {
  return [...new Set(names)].slice(0, MAX_NAMED)
}
