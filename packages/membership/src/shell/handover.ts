// The time between the announcement that this member leaves and its goodbye: hooks of the application hand over what it
// holds, all at once, and the goodbye waits for them until a deadline.
import { HandoverTimeoutError } from '../errors.ts'
import type { View } from '../member.ts'
import type { PeerLog } from './log.ts'
import type { Platform } from './platform.ts'

/** What a hook of `beforeGoodbye` is given. */
export interface HandoverContext<M = unknown> {
  /**
   * Aborted when the goodbye waits no longer: with HandoverTimeoutError at the deadline, with ClosedError when this
   * member was superseded meanwhile.
   */
  readonly signal: AbortSignal
  /** When the goodbye will wait no longer, in ms since 1970. */
  readonly deadline: number
  /** The view in which this member is leaving for the first time. */
  readonly view: View<M>
}

/** A hook of `beforeGoodbye`. What it returns is awaited; one that throws or rejects is logged. */
export type BeforeGoodbye<M = unknown> = (context: HandoverContext<M>) => unknown

type HandoverPlatform = Pick<Platform, 'setTimer' | 'clearTimer' | 'wallNow'>

/** The hooks of one cluster, and their one run. */
export class Handover<M> {
  readonly #platform: HandoverPlatform
  readonly #log: PeerLog
  readonly #hooks = new Set<{ readonly run: BeforeGoodbye<M> }>()
  readonly #pending = new Set<Promise<void>>()
  readonly #ended = new AbortController()
  #context: HandoverContext<M> | undefined
  #isOver = false

  constructor(platform: HandoverPlatform, log: PeerLog) {
    this.#platform = platform
    this.#log = log
  }

  /** Whether anything would be run. */
  get isEmpty(): boolean {
    return this.#hooks.size === 0
  }

  /** Adds a hook, which runs at once if the others do already; returns a function that takes it out again. */
  add(run: BeforeGoodbye<M>): () => void {
    const hook = { run }
    this.#hooks.add(hook)
    if (this.#context !== undefined) this.#start(run, this.#context)
    return () => void this.#hooks.delete(hook)
  }

  /** Runs all hooks at once. Resolves when they are done, at the deadline, or when `end` is called. Never rejects. */
  async run(view: View<M>, timeoutMs: number): Promise<void> {
    const timers = this.#platform
    const { signal } = this.#ended
    const ended = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const timer = timers.setTimer(() => this.#timeout(timeoutMs), timeoutMs)
    const context = Object.freeze({ signal, deadline: timers.wallNow() + timeoutMs, view })
    this.#context = context
    for (const { run } of [...this.#hooks]) this.#start(run, context)
    await Promise.race([ended, this.#settled()])
    timers.clearTimer(timer)
    this.#context = undefined
    this.#isOver = true
  }

  /** Nothing is waited for any more. Hooks that are done are not told. */
  end(reason: Error): void {
    if (!this.#isOver) this.#ended.abort(reason)
  }

  #timeout(timeoutMs: number): void {
    const unfinished = this.#pending.size
    const hooks = unfinished === 1 ? '1 hook is' : `${unfinished} hooks are`
    const text = `the goodbye waits no longer: after ${timeoutMs} ms ${hooks} not done`
    this.#log.write('warn', { kind: 'handover', unfinished, timeoutMs }, text)
    this.end(new HandoverTimeoutError(timeoutMs))
  }

  /** Hooks may be added while others run. */
  async #settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  #start(run: BeforeGoodbye<M>, context: HandoverContext<M>): void {
    const running: Promise<void> = Promise.resolve(context)
      .then(run)
      .catch((error: unknown) => {
        // That it was told to stop has been logged.
        if (context.signal.aborted && error === context.signal.reason) return
        this.#log.write('error', { err: error, kind: 'handover' }, 'a hook of beforeGoodbye failed')
      })
      .then(() => void this.#pending.delete(running))
    this.#pending.add(running)
  }
}
