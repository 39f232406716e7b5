import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { drawPlan, scenarios } from '../../src/sim/draw/scenarios.ts'
import { readPlan } from '../../src/simulate/read-plan.ts'

const folder = mkdtempSync(join(tmpdir(), 'plan-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Reads what a file with this in it holds. */
function read(content: unknown) {
  const file = join(folder, 'plan.json')
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return readPlan(file)
}

const plan = drawPlan(1, 5)
const freeze = { at: 5000, type: 'freeze', member: 'm-0', forMs: 100 }

describe('a stored plan', () => {
  it.each(Object.keys(scenarios))('of the scenario %s is read as it was drawn', (scenario) => {
    for (let seed = 1; seed <= 20; seed++) {
      const drawn = drawPlan(seed, 50, scenario)
      expect(read(drawn)).toEqual(drawn)
    }
  })

  it.each(['../../../../test/simulation/kept/', '../../../../test/mutations/plans/'])(
    'of %s is one',
    (path) => {
      const kept = fileURLToPath(new URL(path, import.meta.url))
      for (const file of readdirSync(kept)) expect(readPlan(join(kept, file)).steps).toBeDefined()
    },
  )

  it('is found beside a note, and as the first of the failures', () => {
    expect(read({ found: 'a bug', plan })).toEqual(plan)
    expect(read({ ok: false, failures: [{ plan }, {}] })).toEqual(plan)
  })

  it.each([
    [{ members: 3, steps: [] }, 'seed must be a whole number of at least 0, not nothing'],
    [{ ...plan, members: 0 }, 'members must be a whole number of at least 1, not 0'],
    [{ ...plan, startSpreadMs: undefined }, 'startSpreadMs must be a number of ms, 0 or more, not nothing'],
    [{ ...plan, calmAt: 'late' }, 'calmAt must be a number of ms, 0 or more, not "late"'],
    [{ ...plan, network: { latency: 3 } }, 'network must be an object of numbers, by the names minLatencyMs'],
    [{ ...plan, service: undefined }, 'service must be an object of numbers, by the names publishMs'],
    [{ ...plan, protocol: { failAfter: 1 } }, 'protocol must be an object of numbers, by the names probe'],
    [{ ...plan, quietsAt: [1] }, 'quietsAt is no field of it'],
    [{ ...plan, steps: 3 }, 'steps must be an array of steps, not 3'],
    [{ ...plan, steps: [freeze, { ...freeze, type: 'thaw' }] }, 'steps[1].type must be one of kill, freeze'],
    [
      { ...plan, steps: [{ ...freeze, at: null }] },
      'steps[0].at must be a number of ms, 0 or more, not null',
    ],
    [{ ...plan, steps: [{ ...freeze, forMs: undefined }] }, 'steps[0].forMs must be a number of ms'],
    [{ ...plan, steps: [{ ...freeze, ip: '1' }] }, 'steps[0].ip is no field of it'],
    [{ ok: true, failures: [] }, 'failures is empty'],
    [[], 'holds no plan'],
    ['{', 'is no JSON'],
  ])('%# is refused with its field where that is wrong', (content, message) => {
    expect(() => read(content)).toThrow(message)
  })
})
