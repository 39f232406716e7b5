// The command as a user runs it, with its worker processes.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { drawPlan } from '../../src/sim/draw/scenarios.ts'

const program = fileURLToPath(new URL('../../src/simulate/main.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'simulate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const command = ['--import', 'tsx', '--conditions=@rollcall/source', program]

function simulate(...args: string[]) {
  return spawnSync(process.execPath, [...command, ...args], { encoding: 'utf8' })
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
      ...{ ok: true, firstSeed: 1, seeds: 3, scenario: 'mixed', members: 5, failures: [] },
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

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('says on %s how far it came, and leaves no process', async (signal, code) => {
    const json = join(folder, `${signal}.json`)
    const args = ['--seed', '1', '--seeds', '100000', '--members', '5', '--json', json]
    const child = spawn(process.execPath, [...command, ...args], { detached: true })
    let [out, err] = ['', '']
    child.stderr.on('data', (chunk) => (err += chunk))
    child.stdout.on('data', (chunk) => {
      if (out === '') child.kill(signal)
      out += chunk
    })
    expect(await once(child, 'close')).toEqual([code, null])
    expect(err).toBe('')
    expect(out).toMatch(/stopped; of 100000 seeds \d+ ran/)
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ ok: false, interrupted: true })
    expect(() => process.kill(-(child.pid as number), 0)).toThrow('ESRCH')
  })

  it('ends in silence when nobody reads what it prints', async () => {
    const args = ['--seed', '1', '--seeds', '30', '--members', '3']
    const child = spawn(process.execPath, [...command, ...args])
    let err = ''
    child.stderr.on('data', (chunk) => (err += chunk))
    child.stdout.once('data', () => child.stdout.destroy())
    expect(await once(child, 'close')).toEqual([141, null])
    expect(err).toBe('')
  })
})
