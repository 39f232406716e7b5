// The live view: a playground on a terminal, and keys to play with it.
import { agreement } from '../cluster/agreement.ts'
import { type Action, openPlayground, type Playground } from '../cluster/playground.ts'
import type { Pod } from '../cluster/pod.ts'
import { EventLog } from './event-log.ts'
import { frame } from './frame.ts'
import { type Command, readKeys } from './keys.ts'
import { Terminal } from './terminal.ts'
import { showMs } from './units.ts'

const PODS = 5
// Fast enough for the eye, and ages move on even when nothing happens.
const FRAME_MS = 100

/** Plays until the user quits or the terminal is gone; no process is left then. */
export async function playLive(options: { readonly oneAddress: boolean }): Promise<void> {
  const playground = await openPlayground(options)
  const live = new Live(playground)
  process.on('uncaughtException', (error) => {
    live.terminal.close()
    process.stderr.write(`The demo failed: ${error.stack ?? error}\n`)
    process.exit(1)
  })
  await live.played
  await playground.close()
}

class Live {
  readonly terminal: Terminal
  /** Resolves when the user has had enough. */
  readonly played: Promise<void>
  readonly #playground: Playground
  readonly #log = new EventLog()
  readonly #timer: NodeJS.Timeout
  #selected = 'pod-0'
  #pending: Action | undefined
  #quit: () => void = () => {}

  constructor(playground: Playground) {
    this.#playground = playground
    this.played = new Promise((resolve) => {
      this.#quit = resolve
    })
    this.terminal = new Terminal({
      input: (text) => readKeys(text).forEach((command) => void this.#obey(command)),
      resized: () => this.#draw(),
      ended: () => this.#end(),
    })
    playground.on('action', (action) => {
      this.#pending = action
      this.#log.did(action, new Date().toTimeString().slice(0, 8))
    })
    playground.on('joining', ({ pod, atMs }) => this.#log.joining(pod, atMs))
    playground.on('change', ({ observer, report }) => this.#log.noticed(observer, report))
    playground.on('crash', ({ pod, exit }) => {
      const lastLine = exit.errors.trim().split('\n').at(-1) ?? ''
      this.#log.note(`${pod} ended by itself (${exit.signal ?? exit.code}) ${lastLine}`, 'bad')
    })
    playground.on('update', () => this.#noteAgreement())
    this.#timer = setInterval(() => this.#draw(), FRAME_MS)
    for (let i = 0; i < PODS; i++) void this.#try(() => playground.add())
  }

  #end(): void {
    clearInterval(this.#timer)
    this.terminal.close()
    this.#quit()
  }

  async #obey(command: Command): Promise<void> {
    const { pods } = this.#playground
    const index = pods.findIndex(({ name }) => name === this.#selected)
    if (command.type === 'quit') this.#end()
    else if (command.type === 'redraw') this.terminal.redraw()
    else if (command.type === 'select') this.#selected = pods[command.ordinal]?.name ?? this.#selected
    else if (command.type === 'move')
      this.#selected = pods.at((index + command.by) % pods.length)?.name ?? this.#selected
    else if (command.type === 'add') await this.#try(() => this.#playground.add())
    else {
      const { type } = command
      const pod = pods[index]
      if (pod !== undefined) await this.#try(() => this.#act(type, pod))
    }
    this.#draw()
  }

  #act(type: 'kill' | 'freeze' | 'leave' | 'restart' | 'cut', pod: Pod): void | Promise<void> {
    const stage = this.#playground
    if (type === 'freeze') return pod.status === 'frozen' ? stage.thaw(pod) : stage.freeze(pod)
    if (type === 'cut') return pod.cut ? stage.rejoin(pod) : stage.cut(pod)
    return stage[type](pod)
  }

  /** Does what may not be possible just now, and then says so. */
  async #try(act: () => unknown): Promise<void> {
    try {
      await act()
    } catch (error) {
      this.#log.note(`Not possible: ${error instanceof Error ? error.message : error}`, 'doubtful')
    }
  }

  /** One line when the last action has come to its end in all views. */
  #noteAgreement(): void {
    const action = this.#pending
    if (action === undefined) return
    const found = agreement(this.#playground.pods)
    if (found.type !== 'agreed') return
    this.#pending = undefined
    const pod = this.#playground.pods.find(({ name }) => name === action.pod)
    const started = action.type === 'start' || action.type === 'restart' ? pod?.joiningAtMs : undefined
    const ms = found.lastAtMs - (started ?? action.atMs)
    const from = started === undefined ? '' : ` after ${action.pod} called join`
    // Thawed before anybody missed it, for one: no view had to change.
    const when = ms < 0 ? ' '.repeat(12) : `${showMs(ms).padStart(10)}  `
    this.#log.agreed(`${when}all ${found.observers} agree${ms < 0 ? ', as before' : from}`)
  }

  #draw(): void {
    this.terminal.draw(
      frame({
        pods: this.#playground.pods,
        selected: this.#selected,
        log: this.#log,
        network: `${this.#playground.networkDescription}, DNS ${this.#playground.dnsServer}`,
        columns: this.terminal.columns,
        rows: this.terminal.rows,
        nowMs: Date.now(),
      }),
    )
  }
}
