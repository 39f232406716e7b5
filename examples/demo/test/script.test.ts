// The demo as people run it: as a process of its own, with pods as processes.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'

// From the sources, so that no build is needed.
const program = join(import.meta.dirname, '../src/main.ts')
const loader = ['--import', 'tsx', '--conditions=@rollcall/source']
const folder = mkdtempSync(join(tmpdir(), 'rollcall-demo-'))
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the demo without a terminal', () => {
  it.each([
    ['with an address for each pod, where the system has them', []],
    ['with one address for all', ['--one-address']],
  ])(
    'plays everything in order and finds it right, %s',
    async (_, more) => {
      const json = join(folder, `results${more.length}.json`)
      const { code, output } = await ended(start(['--json', json, ...more]))
      const results = JSON.parse(readFileSync(json, 'utf8'))
      expect(results, output).toMatchObject({ ok: true })
      expect(results.steps.map(({ name }: { name: string }) => name)).toEqual([
        'start',
        'add',
        'kill',
        'freeze',
        'thaw',
        'leave',
        'restart',
        'cut',
        'rejoin',
        'quit',
      ])
      for (const step of results.steps) {
        expect(step).toEqual({
          name: step.name,
          ms: expect.any(Number),
          ok: true,
          detail: expect.any(String),
        })
      }
      expect(code).toBe(0)
    },
    150_000,
  )

  it('leaves no pod behind when it is killed, not even a frozen one', async () => {
    const demo = start(['--script'])
    const pods = () => childrenOf(demo.pid ?? 0).filter(({ command }) => command.includes('pod.ts'))
    const deadline = { timeout: 60_000, interval: 100 }
    await expect.poll(() => pods().some(({ state }) => state.startsWith('T')), deadline).toBe(true)
    const pids = pods().map(({ pid }) => pid)
    demo.kill('SIGKILL')
    await expect.poll(() => pids.filter(isRunning), { timeout: 20_000, interval: 50 }).toEqual([])
  }, 90_000)

  it('refuses wrong arguments and files that it cannot write with exit code 2', async () => {
    const unknown = await ended(start(['--sript']))
    expect(unknown).toEqual({ code: 2, output: expect.stringContaining("unknown argument '--sript'") })
    const file = join(folder, 'no-such-folder', 'results.json')
    const unwritable = await ended(start(['--json', file]))
    expect(unwritable).toEqual({ code: 2, output: expect.stringContaining(`${file} cannot be written`) })
  }, 60_000)
})

function start(parameters: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [...loader, program, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  return child
}

function ended(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((resolve) => {
    child.once('close', (code) => {
      running.delete(child)
      resolve({ code, output })
    })
  })
}

function childrenOf(parent: number): { pid: number; state: string; command: string }[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n')
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, ppid]) => Number(ppid) === parent)
    .map(([pid, , state = '', ...command]) => ({ pid: Number(pid), state, command: command.join(' ') }))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
