// The kinds of runs that can be drawn from a seed, by name: each a choice of faults, of which some are likelier.
import type { Plan } from '../plan.ts'
import { RandomStream } from '../random.ts'
import { Cast } from './cast.ts'
import { drawCommon, drawMembers, drawSteps, type Weights } from './draw-plan.ts'
import { drawScale } from './sequences.ts'

/** One kind of run. */
export interface Scenario {
  readonly name: string
  /** What happens in it, in a few words. */
  readonly about: string
  /** Draws one for a seed, of at most so many members. */
  draw(seed: number, maxMembers: number): Plan
}

/** So that a sleeper of minutes is forgotten, as one of two days is with the defaults. */
const FAST_FORGETTING = { forgetAfterMs: 30_000, tombstoneMs: 60_000 }

function scenario(name: string, about: string, weights: Weights, rest: Partial<Plan> = {}): Scenario {
  return {
    name,
    about,
    draw(seed, maxMembers) {
      const random = new RandomStream(seed).stream(name)
      const members = drawMembers(random, maxMembers)
      const steps = drawSteps(new Cast(random, members), members, weights)
      return { ...drawCommon(random, seed, members, steps), ...rest }
    },
  }
}

const mixed: Weights = {
  ...{ kill: 4, restart: 4, leave: 2, 'lost-goodbye': 1, add: 2, forget: 1, reuse: 1, 'duplicate-name': 1 },
  ...{ freeze: 5, slow: 2, load: 1, metadata: 2, dns: 2, foreign: 1, 'mass-restart': 0.3 },
  ...{ partition: 3, 'one-way': 1, partial: 2, flapping: 1, 'slow-links': 2 },
  ...{ 'reset-links': 2, 'half-open': 2, dials: 1, renewal: 1 },
}

/** After this a cluster that was given no size knows how many it is. */
const LEARNT_MS = 66_000

/** The same run, in which all faults come so much later. */
function later(plan: Plan, ms: number): Plan {
  const { steps, quietAt, calmAt } = plan
  return {
    ...plan,
    steps: steps.map((step) => ({ ...step, at: step.at + ms })),
    ...(quietAt && { quietAt: quietAt.map((at) => at + ms) }),
    calmAt: calmAt + ms,
  }
}

/** Members that come and go; part of many stories. */
const traffic: Weights = { kill: 1, restart: 1, leave: 1, add: 1, metadata: 1 }

const list: readonly Scenario[] = [
  scenario('mixed', 'every kind of fault, alone and together', mixed),
  scenario('crash', 'processes are killed; addresses stay or vanish', { kill: 4, add: 1, metadata: 1 }),
  scenario('restart', 'same or new address, clock set back or ahead', { restart: 4, kill: 2 }),
  scenario('leave', 'goodbyes, said or lost', { leave: 2, 'lost-goodbye': 2, restart: 1 }),
  scenario('handover', 'goodbyes announced long before they are said', {
    ...{ handover: 4, freeze: 1, partition: 1, 'lost-goodbye': 1, restart: 1, metadata: 1 },
  }),
  scenario('stall', 'processes stop for 50 ms to 20 s while sockets fill up', { freeze: 3, load: 2 }),
  scenario('slow', 'processes late with everything', { slow: 4, load: 1, kill: 1 }),
  scenario('partition', 'symmetric cuts', { partition: 4, ...traffic }),
  {
    name: 'quorum',
    about:
      'cuts, deaths and goodbyes once every member knows how many it is; operators who say another number',
    draw(seed, maxMembers) {
      const random = new RandomStream(seed).stream('quorum')
      const members = drawMembers(random, maxMembers)
      const weights = { ...traffic, partition: 4, partial: 1, 'lost-goodbye': 1, expect: 0.5 }
      const steps = drawSteps(new Cast(random, members), members, weights)
      return later(drawCommon(random, seed, members, steps), LEARNT_MS)
    },
  },
  scenario('one-way', 'cuts in one direction', { 'one-way': 4, kill: 1, metadata: 1 }),
  scenario('partial', 'cuts between some pairs only', { partial: 4, kill: 1, metadata: 1 }),
  scenario('flapping', 'cuts that come and go', { flapping: 4, kill: 1, metadata: 1 }),
  scenario('links', 'slow and jittery links, and all links of a member reset', {
    ...{ 'slow-links': 3, 'reset-links': 2, load: 1, kill: 1 },
  }),
  scenario('half-open', 'links that one end or a NAT has forgotten', {
    'half-open': 4,
    kill: 1,
    metadata: 1,
  }),
  scenario(
    'messages',
    'members talk while links are reset, compete and stall, and processes stop and restart',
    {
      ...{
        'reset-links': 4,
        'half-open': 3,
        'slow-links': 2,
        dials: 1,
        'one-way': 1,
        partition: 1,
        flapping: 1,
      },
      ...{ freeze: 3, slow: 1, restart: 2, kill: 1, leave: 1, add: 1, load: 1 },
    },
    { messages: true },
  ),
  scenario(
    'renewal',
    'members talk while links are replaced whose key counts no more, through cuts, stalls and restarts',
    {
      renewal: 5,
      'reset-links': 1,
      'half-open': 1,
      dials: 2,
      partition: 1,
      'slow-links': 1,
      freeze: 2,
      restart: 1,
    },
    { messages: true },
  ),
  scenario('dials', 'new connections refused or unanswered', { dials: 4, 'reset-links': 1, ...traffic }),
  scenario('dns', 'empty, failing, partial, stale and wrong answers', { dns: 4, ...traffic }),
  scenario('foreign', 'another cluster, listed in DNS by mistake', { foreign: 3, reuse: 1, ...traffic }),
  scenario('reuse', 'addresses that another member or cluster gets', { reuse: 4, restart: 1, freeze: 1 }),
  scenario('duplicate-name', 'two live processes with one name', { 'duplicate-name': 4, ...traffic }),
  scenario('mass-restart', 'all restart, one by one or at once', { 'mass-restart': 2, kill: 1, freeze: 1 }),
  scenario(
    'sleep',
    'members resumed when all have forgotten them',
    { sleep: 2, ...traffic },
    { protocol: FAST_FORGETTING },
  ),
  {
    name: 'scale',
    about: 'from one member to many and back to one',
    draw(seed, maxMembers) {
      const random = new RandomStream(seed).stream('scale')
      const steps = drawScale(new Cast(random, 1), drawMembers(random, maxMembers))
      return drawCommon(random, seed, 1, steps)
    },
  },
]

/** All of them, by name. */
export const scenarios: Readonly<Record<string, Scenario>> = Object.fromEntries(
  list.map((each) => [each.name, each]),
)

/** Draws the run of a seed: the same seed, size and scenario give the same run. */
export function drawPlan(seed: number, maxMembers: number, scenario = 'mixed'): Plan {
  const found = scenarios[scenario]
  if (!found)
    throw new RangeError(`There is no scenario "${scenario}"; there are ${Object.keys(scenarios).join(', ')}`)
  return found.draw(seed, maxMembers)
}
