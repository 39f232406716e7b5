// Cuts a failing plan down to what it takes to fail: fewer steps, fewer members, shorter times, a calmer network. Each
// smaller plan is played, and kept when it breaks the same invariant (delta debugging, Zeller and Hildebrandt 2002).
import type { Plan, Step } from '../sim/plan.ts'

/** When to be content. */
export interface ShrinkLimits {
  /** Plans played at most. */
  readonly tries: number
  /** Whether time is up. */
  isOver(): boolean
}

/** Plays a plan: gives the steps that came to pass until it broke; undefined when it does not break. */
export type Breaks = (plan: Plan) => readonly Step[] | undefined

/** Gives the smallest plan found that still breaks. */
export function shrinkPlan(plan: Plan, breaks: Breaks, limits: ShrinkLimits): Plan {
  const shrinker = new Shrinker(plan, breaks, limits)
  if (!shrinker.begin()) return plan
  let size: number
  do {
    size = weight(shrinker.best)
    shrinker.calmWorld()
    shrinker.dropSteps()
    shrinker.dropMembers()
    shrinker.shortenTimes()
  } while (weight(shrinker.best) < size && !shrinker.isOver)
  return shrinker.best
}

/** Every pass makes this smaller or gives up. */
function weight(plan: Plan): number {
  return JSON.stringify(plan).length + plan.members
}

class Shrinker {
  best: Plan
  readonly #breaks: Breaks
  readonly #limits: ShrinkLimits
  readonly #tried = new Set<string>()

  constructor(plan: Plan, breaks: Breaks, limits: ShrinkLimits) {
    this.best = plan
    this.#breaks = breaks
    this.#limits = limits
  }

  /** Returns whether the plan breaks at all. */
  begin(): boolean {
    return this.#try(this.best)
  }

  get isOver(): boolean {
    return this.#tried.size >= this.#limits.tries || this.#limits.isOver()
  }

  /** A network and a DNS without quirks, everybody started at once, no pause between faults. */
  calmWorld(): void {
    const { quietAt: _, ...unpaused } = this.best
    this.#try(unpaused)
    this.#try({ ...this.best, network: {}, service: {}, startSpreadMs: 0 })
    this.#try({ ...this.best, startSpreadMs: 0 })
    for (const part of ['network', 'service'] as const) {
      this.#try({ ...this.best, [part]: {} })
      for (const key of Object.keys(this.best[part])) {
        const rest = Object.fromEntries(Object.entries(this.best[part]).filter(([name]) => name !== key))
        this.#try({ ...this.best, [part]: rest })
      }
    }
  }

  /** Leaves out runs of steps, long ones first. */
  dropSteps(): void {
    this.#dropRuns(
      () => this.best.steps.length,
      (from, to) => ({ ...this.best, steps: this.best.steps.filter((_, i) => i < from || i >= to) }),
    )
  }

  /** Leaves out members, with the steps that are about them alone; the others move up. */
  dropMembers(): void {
    this.#dropRuns(
      () => this.best.members,
      (from, to) => (this.best.members - (to - from) < 2 ? undefined : withoutMembers(this.best, from, to)),
    )
  }

  /** Halves and rounds every time in the plan, and the gaps between steps. */
  shortenTimes(): void {
    for (let i = 0; i < this.best.steps.length; i++) {
      for (const key of Object.keys(this.best.steps[i] ?? {}).filter((name) => name.endsWith('Ms')))
        this.#shorten((change) => withStep(this.best, i, key, change))
      this.#shorten((change) => withGap(this.best, i, change))
    }
    this.#shorten((change) => {
      const lastAt = this.best.steps.at(-1)?.at ?? 0
      return { ...this.best, calmAt: lastAt + change(this.best.calmAt - lastAt) }
    })
  }

  #shorten(changed: (change: (ms: number) => number) => Plan): void {
    while (this.#try(changed(half))) {}
    if (!this.#try(changed(rounded))) this.#try(changed(Math.round))
  }

  #dropRuns(count: () => number, without: (from: number, to: number) => Plan | undefined): void {
    for (let length = count(); length >= 1; length = Math.floor(length / 2)) {
      for (let to = count(); to > 0; ) {
        const smaller = without(Math.max(0, to - length), to)
        if (smaller && this.#try(smaller)) to = Math.min(to, count())
        else to -= length
      }
    }
  }

  #try(plan: Plan): boolean {
    const key = JSON.stringify(plan)
    if (this.#tried.has(key) || this.isOver) return false
    this.#tried.add(key)
    const happened = this.#breaks(plan)
    if (happened === undefined) return false
    this.best = plan
    // One play shows all steps that do nothing; leaving each of them out would take as many.
    if (happened.length < plan.steps.length) this.#try({ ...plan, steps: happened })
    return true
  }
}

/** To half, in whole ms. */
function half(ms: number): number {
  return Math.trunc(ms / 2)
}

/** To one leading digit, downwards. */
function rounded(ms: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, Math.abs(ms))))
  return Math.trunc(ms / unit) * unit
}

function withStep(plan: Plan, index: number, key: string, change: (ms: number) => number): Plan {
  const steps = plan.steps.map((step, i) => {
    const value = (step as unknown as Record<string, unknown>)[key]
    return i === index && typeof value === 'number' ? ({ ...step, [key]: change(value) } as Step) : step
  })
  return { ...plan, steps }
}

/** Moves a step nearer to the one before it, and all later ones as much. */
function withGap(plan: Plan, index: number, change: (ms: number) => number): Plan {
  const at = plan.steps[index]?.at ?? 0
  const before = plan.steps[index - 1]?.at ?? 0
  const earlierMs = at - before - change(at - before)
  const steps = plan.steps.map((step, i) => (i < index ? step : { ...step, at: step.at - earlierMs }))
  const quietAt = plan.quietAt?.map((quiet) => (quiet < at ? quiet : quiet - earlierMs))
  return { ...plan, steps, ...(quietAt && { quietAt }), calmAt: plan.calmAt - earlierMs }
}

/** The plan without the first members `from` to `to`, exclusive. */
function withoutMembers(plan: Plan, from: number, to: number): Plan {
  const rename = (label: string): string | undefined => {
    const number = /^m-(\d+)$/.exec(label)?.[1]
    const index = Number(number)
    if (number === undefined || index < from) return label
    return index < to ? undefined : `m-${index - (to - from)}`
  }
  const steps = plan.steps.flatMap((step) => renameIn(step, rename) ?? [])
  return { ...plan, members: plan.members - (to - from), steps }
}

/** A step with its members renamed; undefined when there is no one left that it is about. */
function renameIn(step: Step, rename: (label: string) => string | undefined): Step | undefined {
  const fields = Object.entries(step).map(([key, value]) => {
    if (typeof value === 'string') return [key, rename(value)]
    if (!Array.isArray(value)) return [key, value]
    const left = value.flatMap((each) => (typeof each === 'string' ? (rename(each) ?? []) : [each]))
    return [key, left.length > 0 ? left : undefined]
  })
  return fields.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(fields) as Step)
}
