// `npm run simulate`: whole clusters under mixed faults in virtual time, one seed each, as many at a time as there are
// cores. A failing seed is printed with the command that replays it, and shrunk to a short transcript.
import { closeSync, existsSync, openSync, realpathSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { drawPlan } from '../sim/draw/scenarios.ts'
import type { Plan } from '../sim/plan.ts'
import { readOptions, type SimulateOptions, usage } from './options.ts'
import { duration, ProgressBar } from './progress.ts'
import { readPlan } from './read-plan.ts'
import { type FailureReport, replayCommand, type SeedFailure, type SeedsResult } from './run-seeds.ts'
import type { Job, JobResult } from './work.ts'
import { WorkerLostError, WorkerPool } from './worker-pool.ts'

/** Failures that are shrunk, the first ones; the others are as easily run alone. */
const MOST_SHRUNK = 4
/** As a shell says it of a program that ended by such a signal. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGPIPE: 141 } as const

/** A run of the command. */
class Simulate {
  readonly #options: SimulateOptions
  readonly #pool: WorkerPool
  readonly #progress = new ProgressBar(process.stdout)
  readonly #start = performance.now()
  readonly #failures = new Map<number, SeedFailure>()
  #done = 0
  #virtualMs = 0
  #interruptedBy: 'SIGINT' | 'SIGTERM' | undefined

  constructor(options: SimulateOptions) {
    this.#options = options
    this.#pool = new WorkerPool(Math.min(availableParallelism(), options.seeds))
  }

  /** Gives the exit code. */
  async run(): Promise<number> {
    const { planFile, jsonFile, traceFile } = this.#options
    const plan = planFile === undefined ? undefined : readPlan(planFile)
    refuseToOverwrite(this.#options)
    // Opened first: better to learn now that it cannot be written than in an hour.
    const json = jsonFile === undefined ? undefined : openFor('--json', jsonFile)
    if (traceFile !== undefined) closeSync(openFor('--trace', traceFile))
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => this.#interrupt(signal))
    // Whoever read what we print has enough, as `head` has.
    process.stdout.once('error', () => {
      this.#pool.stop()
      process.exit(EXIT_CODES.SIGPIPE)
    })
    await this.#playAll(plan)
    this.#progress.end()
    if (!this.#isInterrupted) await this.#shrinkFirst()
    const result = this.#result()
    this.#summarize(result)
    if (json !== undefined) {
      writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`)
      closeSync(json)
    }
    this.#pool.stop()
    if (this.#interruptedBy !== undefined) return EXIT_CODES[this.#interruptedBy]
    return result.ok ? 0 : 1
  }

  async #playAll(plan: Plan | undefined): Promise<void> {
    const { firstSeed, seeds, members, scenario, planFile } = this.#options
    const last = firstSeed + seeds - 1
    if (plan)
      console.log(`the plan in ${planFile}: ${plan.members} members, ${count(plan.steps.length, 'step')}`)
    else console.log(`seeds ${firstSeed} to ${last}, up to ${members} members, scenario ${scenario}`)
    await this.#pool.forEach(plan ? [plan] : this.#plans(), (each) => this.#play(each))
  }

  *#plans(): Iterable<Plan> {
    const { firstSeed, seeds, members, scenario } = this.#options
    for (let seed = firstSeed; seed < firstSeed + seeds; seed++) yield drawPlan(seed, members, scenario)
  }

  async #play(plan: Plan): Promise<void> {
    const result = await this.#do({ type: 'play', plan, traceFile: this.#options.traceFile })
    if (this.#isInterrupted) return
    this.#done++
    this.#virtualMs += result.virtualMs
    if (result.report) this.#fail(plan.seed, result.report)
    const { seeds: of } = this.#options
    const elapsedMs = performance.now() - this.#start
    this.#progress.show({ done: this.#done, of, failed: this.#failures.size, elapsedMs })
  }

  #fail(seed: number, report: FailureReport): void {
    const { members, scenario, planFile } = this.#options
    const command =
      planFile === undefined
        ? replayCommand(seed, members, scenario)
        : `npm run simulate -- --plan ${planFile}`
    this.#failures.set(seed, { seed, command, ...report })
    this.#progress.line(`seed ${seed} failed: ${report.text}\n  ${command}`)
  }

  /** A run whose process dies has failed as well. */
  async #do(job: Job): Promise<JobResult> {
    try {
      return await this.#pool.do(job)
    } catch (error) {
      if (!(error instanceof WorkerLostError)) throw error
      const { plan } = job
      const report = { invariant: 'no-throw', text: error.message, transcript: '', plan }
      return { virtualMs: 0, report }
    }
  }

  async #shrinkFirst(): Promise<void> {
    const first = this.#sortedFailures().slice(0, MOST_SHRUNK)
    if (first.length === 0 || this.#options.traceFile !== undefined) return
    console.log(`shrinking ${first.length === 1 ? 'it' : `the first ${first.length}`} for up to 20 s each`)
    await this.#pool.forEach(first, async (failure) => {
      const { report } = await this.#do({ type: 'shrink', plan: failure.plan })
      if (report && !this.#isInterrupted) this.#failures.set(failure.seed, { ...failure, ...report })
    })
    for (const failure of this.#sortedFailures().slice(0, first.length)) printShrunk(failure)
  }

  #sortedFailures(): SeedFailure[] {
    return [...this.#failures.values()].sort((a, b) => a.seed - b.seed)
  }

  #result(): SeedsResult {
    const failures = this.#sortedFailures()
    const wallMs = Math.round(performance.now() - this.#start)
    const { firstSeed, members, scenario, planFile } = this.#options
    return {
      ...(planFile === undefined ? { firstSeed, scenario } : {}),
      ok: failures.length === 0 && !this.#isInterrupted,
      seeds: this.#done,
      members,
      failures,
      wallMs,
      virtualMs: Math.round(this.#virtualMs),
      ...(this.#isInterrupted ? { interrupted: true } : {}),
    }
  }

  #summarize({ seeds, failures, wallMs, virtualMs }: SeedsResult): void {
    const stopped = this.#isInterrupted ? `stopped; of ${this.#options.seeds} seeds ${seeds} ran: ` : ''
    console.log(
      `${stopped}${seeds - failures.length} of ${seeds} seeds passed; ` +
        `${duration(virtualMs)} of virtual time in ${duration(wallMs)}`,
    )
    for (const { command } of failures) console.log(`  ${command}`)
  }

  get #isInterrupted(): boolean {
    return this.#interruptedBy !== undefined
  }

  #interrupt(signal: 'SIGINT' | 'SIGTERM'): void {
    this.#interruptedBy = signal
    this.#pool.stop()
  }
}

function printShrunk({ seed, text, transcript, plan }: SeedFailure): void {
  const { members, network, service, steps } = plan
  console.log(`\nseed ${seed}, shrunk to ${members} members, ${count(steps.length, 'step')}: ${text}`)
  const quirks = { ...network, ...service }
  if (Object.keys(quirks).length > 0) console.log(`  network and DNS: ${JSON.stringify(quirks)}`)
  console.log(transcript)
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** @throws Error that names the option */
function openFor(option: string, file: string): number {
  try {
    return openSync(file, 'w')
  } catch (error) {
    throw new Error(`${option} ${file} cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** What is written must not take the place of what was read. */
function refuseToOverwrite({ planFile, jsonFile, traceFile }: SimulateOptions): void {
  if (planFile === undefined) return
  for (const [option, file] of Object.entries({ '--json': jsonFile, '--trace': traceFile })) {
    if (file === undefined || !existsSync(file) || realpathSync(file) !== realpathSync(planFile)) continue
    throw new RangeError(`${option} ${file} is the file of --plan, which it would overwrite`)
  }
}

try {
  const command = readOptions(process.argv.slice(2), () => Math.floor(Math.random() * 2 ** 31))
  if (command.type === 'help') console.log(usage)
  else process.exitCode = await new Simulate(command).run()
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\nSee npm run simulate -- --help`)
  process.exitCode = 2
}
