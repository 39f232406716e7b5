// Draws the parts of a run: how many members, the network, DNS, and faults by their weights.
import type { Plan, Step } from '../plan.ts'
import type { RandomStream } from '../random.ts'
import type { NetworkOptions } from '../routes.ts'
import type { Cast } from './cast.ts'
import { type Kind, kinds } from './kinds.ts'

/** How often each kind of fault is drawn, in proportion. */
export type Weights = Partial<Record<Kind, number>>

/** When faults begin and until when they begin, in ms. */
const FAULTS_FROM_MS = 4000
const FAULTS_UNTIL_MS = 34_000

/** How many members: 5 to `most`, small clusters likelier; one run in twenty has 1 to 4. */
export function drawMembers(random: RandomStream, most: number): number {
  if (random.chance(0.05)) return Math.min(most, 1 + random.below(4))
  const least = Math.min(5, most)
  return least + Math.floor((most - least + 1) * random.next() ** 3)
}

/** Draws faults, in order of time. */
export function drawSteps(cast: Cast, members: number, weights: Weights): Step[] {
  const { random } = cast
  const count = 2 + random.below(6 + Math.floor(members / 5))
  const times = Array.from({ length: count }, () => random.between(FAULTS_FROM_MS, FAULTS_UNTIL_MS))
  // Which of the many types of steps it is depends on the order in which the compiler sees them, if it is not told.
  const draw = (at: number): Step[] => [...kinds[drawKind(random, weights)](cast, Math.round(at))]
  return times.sort((a, b) => a - b).flatMap(draw)
}

function drawKind(random: RandomStream, weights: Weights): Kind {
  const entries = Object.entries(weights) as [Kind, number][]
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
  let left = total * random.next()
  for (const [kind, weight] of entries) {
    left -= weight
    if (left < 0) return kind
  }
  throw new RangeError('Faults can only be drawn from weights above zero')
}

/** A run of these steps, in a network and with a DNS drawn for it. */
export function drawCommon(
  random: RandomStream,
  seed: number,
  members: number,
  steps: readonly Step[],
): Plan {
  const startSpreadMs = random.chance(0.5) ? 0 : random.between(0, 3000)
  const network = drawNetwork(random)
  const service = {
    publishMs: random.chance(0.7) ? 0 : random.between(100, 2000),
    removeMs: random.between(0, 20_000),
  }
  const faults = withQuiet(
    random,
    steps.toSorted((a, b) => a.at - b.at),
  )
  const calmAt = Math.max(FAULTS_FROM_MS, endOf(faults.steps))
  return { seed, members, startSpreadMs, network, service, ...faults, calmAt }
}

/** Puts a quiet point into one run in three: what comes after it waits until all before it is over. */
function withQuiet(random: RandomStream, steps: readonly Step[]): Pick<Plan, 'steps' | 'quietAt'> {
  if (steps.length < 2 || random.chance(2 / 3)) return { steps }
  const index = 1 + random.below(steps.length - 1)
  const [before, after] = [steps.slice(0, index), steps.slice(index)]
  const quietAt = endOf(before)
  const laterMs = Math.max(0, quietAt + 1 - (after[0]?.at ?? 0))
  return {
    steps: [...before, ...after.map((step) => ({ ...step, at: step.at + laterMs }))],
    quietAt: [quietAt],
  }
}

/** When the last of some faults is over. */
function endOf(steps: readonly Step[]): number {
  return Math.max(0, ...steps.map((step) => step.at + lengthOf(step)))
}

function lengthOf(step: Step): number {
  if (step.type === 'leave') return step.handoverMs ?? 0
  return 'forMs' in step ? (step.forMs ?? 0) : 0
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
