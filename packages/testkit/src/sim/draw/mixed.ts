// Draws a run in which every kind of fault may happen, alone and together.
import type { Plan, Step } from '../plan.ts'
import { RandomStream } from '../random.ts'
import type { NetworkOptions } from '../routes.ts'

/** Fault kinds and how often each is drawn. */
const weights: Record<Step['type'], number> = {
  kill: 4,
  freeze: 5,
  slow: 2,
  cut: 4,
  restart: 4,
  leave: 2,
  'reset-links': 2,
  'set-metadata': 2,
  add: 2,
  dns: 1,
  forget: 1,
}
const kinds = (Object.keys(weights) as Step['type'][]).flatMap((type) =>
  new Array<Step['type']>(weights[type]).fill(type),
)

/** When faults begin and until when they begin, in ms. */
const FAULTS_FROM_MS = 4000
const FAULTS_UNTIL_MS = 34_000

/** Draws a run for a seed, of 5 to `maxMembers` members; small ones are likelier. */
export function drawMixed(seed: number, maxMembers: number): Plan {
  const random = new RandomStream(seed).stream('plan')
  const low = Math.min(5, maxMembers)
  const members = low + Math.floor((maxMembers - low + 1) * random.next() ** 5)
  const drawer = new StepDrawer(random, members)
  const count = 2 + random.below(6 + Math.floor(members / 5))
  const times = Array.from({ length: count }, () => random.between(FAULTS_FROM_MS, FAULTS_UNTIL_MS)).sort(
    (a, b) => a - b,
  )
  const steps = times.flatMap((at) => drawer.draw(Math.round(at)) ?? [])
  return {
    seed,
    members,
    startSpreadMs: random.chance(0.5) ? 0 : random.between(0, 3000),
    network: drawNetwork(random),
    service: {
      publishMs: random.chance(0.7) ? 0 : random.between(100, 2000),
      removeMs: random.between(0, 20_000),
    },
    steps,
    calmAt: Math.max(FAULTS_FROM_MS, ...steps.map((step) => step.at + ('forMs' in step ? step.forMs : 0))),
  }
}

function drawNetwork(random: RandomStream): Partial<NetworkOptions> {
  const maxLatencyMs = random.betweenLog(0.3, 20)
  return {
    minLatencyMs: maxLatencyMs / 5,
    maxLatencyMs,
    jitterMs: random.between(0, maxLatencyMs),
    lossChance: random.chance(0.8) ? 0 : random.between(0, 0.02),
    giveUpMs: random.pick([15_000, 60_000, 900_000]),
    ...(random.chance(0.3) && { unreachableMs: random.between(1, 3000) }),
  }
}

/** Draws steps, and keeps in mind who should still be there so that each makes sense. */
class StepDrawer {
  readonly #random: RandomStream
  readonly #present = new Set<string>()
  readonly #gone = new Set<string>()
  #added = 0

  constructor(random: RandomStream, members: number) {
    this.#random = random
    for (let i = 0; i < members; i++) this.#present.add(`m-${i}`)
  }

  draw(at: number): Step | undefined {
    const random = this.#random
    const type = random.pick(kinds)
    const member = random.pick([...this.#present])
    switch (type) {
      case 'kill':
        return this.#remove(member)
          ? {
              at,
              type,
              member,
              address: random.pick(['stays', 'vanishes', 'vanishes-first']),
            }
          : undefined
      case 'leave':
        return this.#remove(member) ? { at, type, member } : undefined
      case 'freeze':
        return { at, type, member, forMs: Math.round(random.betweenLog(50, 20_000)) }
      case 'slow':
        return {
          at,
          type,
          member,
          lateMs: Math.round(random.betweenLog(20, 500)),
          forMs: random.below(10_000),
        }
      case 'cut':
        return {
          at,
          type,
          members: this.#group(),
          isOneWay: random.chance(0.3),
          forMs: Math.round(random.betweenLog(200, 25_000)),
        }
      case 'restart':
        return this.#restart(at, member)
      case 'reset-links':
        return { at, type, member }
      case 'set-metadata':
        return { at, type, member, value: random.below(256) }
      case 'forget':
        return this.#gone.size > 0 ? { at, type, member, name: random.pick([...this.#gone]) } : undefined
      case 'add':
        return this.#add(at)
      case 'dns':
        return { at, type, mode: random.pick(['empty', 'failing', 'partial']), forMs: random.below(15_000) }
    }
  }

  #remove(member: string): boolean {
    if (this.#present.size <= 3) return false
    this.#gone.add(member)
    return this.#present.delete(member)
  }

  #restart(at: number, present: string): Step {
    const random = this.#random
    const member = this.#gone.size > 0 && random.chance(0.6) ? random.pick([...this.#gone]) : present
    this.#gone.delete(member)
    this.#present.add(member)
    const clockBackMs = random.chance(0.7) ? 0 : Math.round(random.between(-60_000, 3_600_000))
    return { at, type: 'restart', member, sameAddress: random.chance(0.5), clockBackMs }
  }

  #add(at: number): Step {
    const member = `n-${this.#added++}`
    this.#present.add(member)
    return { at, type: 'add', member, ...(this.#random.chance(0.3) && { ip: 'reused' as const }) }
  }

  #group(): string[] {
    const all = [...this.#present, ...this.#gone]
    const share = this.#random.chance(0.5) ? 1 / all.length : this.#random.between(0, 0.5)
    const group = all.filter(() => this.#random.chance(share))
    return group.length > 0 ? group : [this.#random.pick(all)]
  }
}
