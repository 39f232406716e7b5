// Looks for a plan that catches a mutation, shrinks it and stores it in plans/:
//   npx tsx --conditions=@rollcall/source test/mutations/find-plan.ts 'skip refutation' [scenario] [plan.json]
import { readFileSync, writeFileSync } from 'node:fs'
import { drawPlan, type Plan, playPlan, realParts, shrinkPlan } from '@rollcall/testkit'
import { mutantParts } from './mutant.ts'
import { mutations } from './mutations.ts'
import { failureOf } from './play.ts'
import { planFile } from './stored-plan.ts'

const [name = '', scenario = 'mixed', from] = process.argv.slice(2)
const SEEDS = 100
const MEMBERS = 9
/** The same plan must catch it with these random streams as well, so that it does not hang on luck. */
const VARIANTS = [0, 1, 2]

const mutation = mutations.find((each) => each.name === name)
if (!mutation) throw new RangeError(`There is no mutation "${name}"`)
const parts = await mutantParts(mutation)

const breaks = (plan: Plan) => {
  const invariant = failureOf(mutation, plan, parts)?.invariant
  return invariant === 'no-throw' ? undefined : invariant
}
const variants = (plan: Plan) => VARIANTS.map((more) => ({ ...plan, seed: plan.seed + more }))
const catches = (plan: Plan) =>
  variants(plan).every((each) => breaks(each) !== undefined) &&
  variants(plan).every((each) => failureOf(mutation, each, realParts) === undefined)

function* candidates(): Iterable<Plan> {
  if (from !== undefined) {
    const stored = JSON.parse(readFileSync(from, 'utf8')) as { plan: Plan }
    yield stored.plan ?? (stored as unknown as Plan)
    return
  }
  for (let seed = 1; seed <= SEEDS; seed++) yield drawPlan(seed, MEMBERS, scenario)
}

let found: Plan | undefined
const caught: Record<string, number> = {}
let tried = 0
for (const plan of candidates()) {
  tried++
  const invariant = breaks(plan)
  if (invariant === undefined) continue
  caught[invariant] = (caught[invariant] ?? 0) + 1
  if (found === undefined && catches(plan)) {
    found = plan
    break
  }
}
console.log(`${name}: tried ${tried}`, caught)
if (found) {
  const until = performance.now() + 15_000
  const breaksAlways = (plan: Plan) => (catches(plan) ? playPlan(plan, parts).happened : undefined)
  const plan = shrinkPlan(found, breaksAlways, { tries: 400, isOver: () => performance.now() > until })
  const invariant = breaks(plan)
  writeFileSync(planFile(mutation), `${JSON.stringify({ invariant, plan }, null, 2)}\n`)
  console.log(`${invariant}: ${plan.members} members, ${plan.steps.length} steps`)
} else console.log('NOT caught')
