// Follows a key file while a member runs. It is read over and over, which sees every way to change a file, the swapped
// symbolic links of a mounted Secret as well. A file that is just being written looks whole now and then: what was read
// counts once it was read twice.
import { KeyFileError } from '../errors.ts'
import type { Timer, Timers } from '../shell/timers.ts'
import { parseKeyFile } from './key-file.ts'
import type { Keys } from './keyring.ts'

const LOOK_EVERY_MS = 1000

/** Reads a file as text. */
export type ReadTextFile = (path: string) => Promise<string>

/** What a watch needs. */
export interface KeyFileWatchOptions {
  readonly path: string
  /** What the file said when its keys were taken first. */
  readonly text: string
  readonly read: ReadTextFile
  readonly timers: Timers
  /** The file has changed, and has keys. */
  readonly onKeys: (keys: Keys) => void
  /** The file has changed, and is none any more. */
  readonly onProblem: (problem: KeyFileError) => void
}

/** Looks at a file until it is stopped. */
export class KeyFileWatch {
  readonly #options: KeyFileWatchOptions
  /** What the file said, or what was wrong with it: when that was told last, and at the last look. */
  #told: string
  #seen: string
  #timer: Timer | undefined
  #isStopped = false

  constructor(options: KeyFileWatchOptions) {
    this.#options = options
    this.#told = options.text
    this.#seen = options.text
    this.#wait()
  }

  stop(): void {
    this.#isStopped = true
    this.#options.timers.clearTimer(this.#timer)
  }

  #wait(): void {
    this.#timer = this.#options.timers.setTimer(() => void this.#look(), LOOK_EVERY_MS)
  }

  async #look(): Promise<void> {
    const { path, read } = this.#options
    const found = await readKeyFile(path, read)
    if (this.#isStopped) return
    const says = found instanceof KeyFileError ? found.message : found
    if (says !== this.#told && says === this.#seen) {
      this.#told = says
      this.#tell(found)
    }
    this.#seen = says
    this.#wait()
  }

  #tell(found: string | KeyFileError): void {
    const { path, onKeys, onProblem } = this.#options
    try {
      if (found instanceof KeyFileError) throw found
      onKeys(parseKeyFile(path, found))
    } catch (error) {
      onProblem(error as KeyFileError)
    }
  }
}

/** The text of a key file, or why there is none. */
export async function readKeyFile(path: string, read: ReadTextFile): Promise<string | KeyFileError> {
  try {
    return await read(path)
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    return new KeyFileError(path, `cannot be read (${code})`, error)
  }
}
