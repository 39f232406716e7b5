// Pulls what this pod owns and does not have: from a pod that serves it, or, where nobody does, whatever there is from
// all who have something.
import type { Cluster, Member } from '@rollcall/membership'
import { partitionCount } from '@rollcall/ring'
import { PartitionSet } from '../placement/partition-set.ts'
import type { Answer } from '../placement/roll-call.ts'
import type { Standing } from '../placement/standing.ts'
import type { HybridClock } from '../store/hybrid-clock.ts'
import type { Store } from '../store/store.ts'
import type { Time } from '../time.ts'
import { pullTopic } from '../wire/topics.ts'
import { readRecords } from './records.ts'

const RETRY_MS = 20
/** The loop is given back after so many entries. */
const SLICE = 256

export interface PullerParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly store: Store
  readonly clock: HybridClock
}

/** What to pull from one pod. */
interface Task {
  readonly member: Member
  readonly partitions: PartitionSet
  readonly isWhole: boolean
}

/** A plan, and for each missing partition since when it is missing, and how many pulls it takes. */
interface Plan {
  readonly tasks: readonly Task[]
  readonly since: Uint32Array
  readonly open: Uint16Array
}

export class Puller {
  readonly #parts: PullerParts
  #isPulling = false

  constructor(parts: PullerParts) {
    this.#parts = parts
  }

  /** Pulls until nothing is missing; to be called when something is. */
  fill(): void {
    if (this.#isPulling || this.#parts.standing.holdings.missingCount === 0) return
    this.#isPulling = true
    void this.#pullAll().finally(() => {
      this.#isPulling = false
    })
  }

  async #pullAll(): Promise<void> {
    const { standing, time } = this.#parts
    while (standing.holdings.missingCount > 0 && !standing.isClosed) {
      if (this.#mayPull) {
        const isWhole = await this.#pullOnce()
        standing.filled()
        if (isWhole) continue
      }
      await time.sleep(RETRY_MS)
    }
  }

  /** In a minority those on the other side have what is missing here: it is not taken for empty. */
  get #mayPull(): boolean {
    const { rollCall, trust } = this.#parts.standing
    return rollCall.isComplete && !trust.isMinority
  }

  /** Returns whether all pulls succeeded. */
  async #pullOnce(): Promise<boolean> {
    const { standing } = this.#parts
    const plan = this.#plan()
    this.#gain(plan)
    const results = await Promise.all(plan.tasks.map((task) => this.#pull(task, plan)))
    const areWhole = results.every((isWhole) => isWhole)
    // What others have has changed since they said so.
    if (!areWhole) standing.rollCall.restart()
    return areWhole
  }

  /** Each missing partition from one that serves it, spread over all who do; else from all who have something of it. */
  #plan(): Plan {
    const { holdings, ownership, rollCall } = this.#parts.standing
    const sources = ownership.others.map((member) => new Source(member, rollCall.answerOf(member)))
    const plan = { since: new Uint32Array(partitionCount), open: new Uint16Array(partitionCount) }
    for (const partition of holdings.missing()) {
      plan.since[partition] = holdings.missingSince(partition)
      const best = cheapest(sources, partition)
      const chosen = best === undefined ? sources.filter(({ answer }) => answer?.rest.has(partition)) : [best]
      for (const source of chosen) source.choose(partition, best !== undefined)
      plan.open[partition] = chosen.length
    }
    return { ...plan, tasks: sources.flatMap((source) => source.tasks) }
  }

  async #pull(task: Task, plan: Plan): Promise<boolean> {
    const { clock, cluster, standing, store, time } = this.#parts
    const { member, partitions, isWhole } = task
    let count = 0
    try {
      const body = { id: standing.ownership.id, partitions: partitions.bits, isWhole }
      for await (const [key, entry] of readRecords(cluster.stream(member, pullTopic, body))) {
        clock.observe(entry.version)
        store.take(key, entry)
        if (++count % SLICE === 0) await new Promise<void>((resolve) => time.defer(resolve))
      }
    } catch {
      return false
    }
    for (const partition of partitions) plan.open[partition] = (plan.open[partition] as number) - 1
    this.#gain(plan, partitions)
    return true
  }

  /** Marks as held what needs no pull any more. */
  #gain(plan: Plan, partitions: Iterable<number> = this.#parts.standing.holdings.missing()): void {
    const { standing, time } = this.#parts
    standing.trust.wrote(time.now())
    for (const partition of partitions) {
      if (plan.open[partition] === 0) standing.holdings.gain(partition, plan.since[partition] as number)
    }
  }
}

/** A pod that may be pulled from, and what is to be pulled from it. */
class Source {
  readonly member: Member
  readonly answer: Answer | undefined
  readonly #whole = new PartitionSet()
  readonly #rest = new PartitionSet()
  cost: number

  constructor(member: Member, answer: Answer | undefined) {
    this.member = member
    this.answer = answer
    // A suspect may never answer, and one that is leaving has enough to do.
    this.cost = (member.state === 'suspect' ? 2 : member.leaving ? 1 : 0) * partitionCount
  }

  choose(partition: number, isWhole: boolean): void {
    this.cost++
    if (isWhole) this.#whole.add(partition)
    else this.#rest.add(partition)
  }

  get tasks(): Task[] {
    const { member } = this
    return [
      { member, partitions: this.#whole, isWhole: true },
      { member, partitions: this.#rest, isWhole: false },
    ].filter(({ partitions }) => !partitions.isEmpty)
  }
}

function cheapest(sources: readonly Source[], partition: number): Source | undefined {
  let best: Source | undefined
  for (const source of sources) {
    if (source.answer?.served.has(partition) && (best === undefined || source.cost < best.cost)) best = source
  }
  return best
}
