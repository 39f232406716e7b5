// The command as a user runs it, with its worker processes.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { drawPlan } from '../../src/sim/draw/scenarios.ts'

const program = fileURLToPath(new URL('../../src/simulate/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'simulate-'))
afterAll(() => rmSync(folder, { recursive: true }))

function simulate(...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', '--conditions=@rollcall/source', program, ...args], {
    encoding: 'utf8',
  })
}

describe('npm run simulate', () => {
  it('runs seeds, shows progress and writes the result', () => {
    const json = join(folder, 'result.json')
    const { status, stdout, stderr } = simulate(
      ...['--seed', '1', '--seeds', '3', '--members', '5', '--json', json],
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^seeds 1 to 3, up to 5 members, scenario mixed\n/)
    expect(stdout).toContain('[##############################] 100%  3/3 seeds, 0 failed\n')
    expect(stdout).toContain('3 of 3 seeds passed')
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual({
      ...{ ok: true, seeds: 3, members: 5, failures: [] },
      ...{ wallMs: expect.any(Number), virtualMs: expect.any(Number) },
    })
  })

  it('plays a stored plan', () => {
    const file = join(folder, 'plan.json')
    writeFileSync(file, JSON.stringify({ ...drawPlan(1, 5), steps: [] }))
    const { status, stdout } = simulate('--plan', file)
    expect(status).toBe(0)
    expect(stdout).toContain('5 members, 0 steps')
  })

  it('never writes over the plan it plays', () => {
    const file = join(folder, 'mine.json')
    const text = JSON.stringify({ ...drawPlan(1, 5), steps: [] })
    writeFileSync(file, text)
    const { status, stderr } = simulate('--plan', file, '--json', file)
    expect(status).toBe(2)
    expect(stderr).toContain(`--json ${file} is the file of --plan, which it would overwrite`)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('exits with 2 and a sentence when it cannot do as told', () => {
    const { status, stderr } = simulate('--seeds', 'many')
    expect(status).toBe(2)
    expect(stderr).toContain('--seeds must be a whole number')
  })
})
