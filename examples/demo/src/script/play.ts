// Plays the whole script: a line a step, a table at the end, and the results as JSON if wanted.
import { writeFile } from 'node:fs/promises'
import { nowMs } from '../clock.ts'
import { openPlayground } from '../cluster/playground.ts'
import { playStep, round, type StepResult } from './step.ts'
import { steps } from './steps.ts'

/** What `--json` writes. */
export interface ScriptResult {
  readonly ok: boolean
  readonly steps: readonly StepResult[]
}

/** Plays everything; resolves when no process is left. `print` gets text by the line. */
export async function playScript(
  options: { readonly oneAddress: boolean; readonly json?: string },
  print: (line: string) => void,
): Promise<ScriptResult> {
  const playground = await openPlayground(options)
  print(
    `Rollcall demo: pods are processes, DNS is at ${playground.dnsServer}, ${playground.networkDescription}.`,
  )
  const results: StepResult[] = []
  const add = (result: StepResult) => {
    results.push(result)
    print(line(result))
  }
  try {
    for (const step of steps) {
      // What follows a failed start would only repeat its message.
      if (results[0]?.ok === false) add({ name: step.name, ms: 0, ok: false, detail: 'not played' })
      else add(await playStep(playground, step))
    }
  } finally {
    const pids = playground.pods.map((pod) => pod.process.pid)
    const startedAtMs = nowMs()
    await playground.close()
    add(quitResult(pids, startedAtMs))
  }
  const result = { ok: results.every(({ ok }) => ok), steps: results }
  for (const row of table(result)) print(row)
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, undefined, 2)}\n`)
  return result
}

function quitResult(pids: readonly number[], startedAtMs: number): StepResult {
  const left = pids.filter(isRunning)
  const detail = left.length === 0 ? 'no process is left' : `still running: ${left.join(', ')}`
  return { name: 'quit', ms: round(nowMs() - startedAtMs), ok: left.length === 0, detail }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function line({ name, ms, ok, detail }: StepResult): string {
  return `${ok ? 'ok   ' : 'WRONG'} ${name.padEnd(8)} ${milliseconds(ms)}  ${detail}`
}

function table({ ok, steps: results }: ScriptResult): string[] {
  const wrong = results.filter((result) => !result.ok).map(({ name }) => name)
  return [
    '',
    `| ${'step'.padEnd(8)} | ${'last view'.padStart(11)} | came out |`,
    `| ${'-'.repeat(8)} | ${'-'.repeat(10)}: | -------- |`,
    ...results.map(
      (result) =>
        `| ${result.name.padEnd(8)} | ${milliseconds(result.ms)} | ${result.ok ? 'right   ' : 'WRONG   '} |`,
    ),
    '',
    ok ? 'Everything came out right.' : `Came out wrong: ${wrong.join(', ')}.`,
  ]
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1).padStart(8)} ms`
}
