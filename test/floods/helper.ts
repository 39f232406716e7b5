// Processes of a flood: each answers commands over IPC.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a process does when it is asked; names to functions. */
export type Commands = Readonly<Record<string, (argument: never) => unknown>>

interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** A process that answers. */
export class Helper {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: Answer) => void>()
  #calls = 0

  constructor(file: string) {
    this.#child = fork(fileURLToPath(new URL(file, import.meta.url)), {
      execArgv: ['--conditions=@rollcall/source', '--import', 'tsx'],
    })
    this.#child.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer)
      this.#waiting.delete(answer.id)
    })
    this.#child.once('exit', () => {
      for (const [id, told] of this.#waiting) told({ id, error: `${file} has ended` })
    })
  }

  /** Resolves with what the process answers. */
  ask<T = void>(name: string, argument?: unknown): Promise<T> {
    const id = ++this.#calls
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ value, error }) =>
        error === undefined ? resolve(value as T) : reject(new Error(error)),
      )
      this.#child.send({ id, name, argument } satisfies Call)
    })
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Answers, in a process that was forked; ends with the one that asks. */
export function answer(commands: Commands): void {
  process.on('message', async ({ id, name, argument }: Call) => {
    try {
      process.send?.({ id, value: await commands[name]?.(argument as never) } satisfies Answer)
    } catch (error) {
      process.send?.({ id, error: String((error as Error).stack) } satisfies Answer)
    }
  })
  process.on('disconnect', () => process.exit())
}
