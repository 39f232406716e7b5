// Follows a key file while a member runs.
import { KeyFileError } from '../errors.ts'
import type { Timers } from '../shell/timers.ts'
import { Follower } from './follower.ts'
import { parseKeyFile } from './key-file.ts'
import type { Keys } from './keyring.ts'
import { toldPath } from './told-path.ts'

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
  readonly #follower: Follower
  /** What was found at the last look. */
  #found: string | KeyFileError

  constructor(options: KeyFileWatchOptions) {
    const { text, timers } = options
    this.#options = options
    this.#found = text
    this.#follower = new Follower({
      said: text,
      look: () => this.#look(),
      changed: () => this.#tell(this.#found),
      timers,
    })
  }

  stop(): void {
    this.#follower.stop()
  }

  async #look(): Promise<string> {
    const { path, read } = this.#options
    this.#found = await readKeyFile(path, read)
    return this.#found instanceof KeyFileError ? this.#found.message : this.#found
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
    const told = toldPath(path)
    // The system's error has the path in it.
    return new KeyFileError(told, `cannot be read (${code})`, told === path ? error : undefined)
  }
}
