// The shared keys of a running member, where they come from, and how they are replaced.
import type { KeyFileError } from '../errors.ts'
import type { PeerLog } from '../shell/log.ts'
import type { Timers } from '../shell/timers.ts'
import { KeyFileWatch, type ReadTextFile } from './key-file-watch.ts'
import { KeyProtection } from './key-protection.ts'
import { Keyring, type Keys } from './keyring.ts'
import type { Protection } from './protection.ts'

/** A key file, as it was read at the start. */
export interface KeyFile {
  readonly path: string
  readonly text: string
}

/** What following a key file takes. */
export interface KeyFileTools {
  readonly read: ReadTextFile
  readonly timers: Timers
  readonly log: PeerLog
}

export class SharedKeys {
  readonly protection: Protection
  /** Called when other keys count. */
  onChange: () => void = () => {}
  readonly #keyring: Keyring
  #file: KeyFile | undefined
  #watch: KeyFileWatch | undefined
  #problem: KeyFileError | undefined

  constructor(keys: Keys) {
    this.#keyring = new Keyring(keys)
    this.protection = new KeyProtection(this.#keyring)
  }

  /** The ids of all keys, that of the one that dials first. */
  get ids(): string[] {
    return this.#keyring.all.map(({ id }) => id)
  }

  /** The file that is followed. */
  get path(): string | undefined {
    return this.#file?.path
  }

  /** What is wrong with that file now; the keys are those that it had before. */
  get problem(): string | undefined {
    return this.#problem?.message
  }

  /** Follows the file that the present keys were read from. */
  follow(file: KeyFile, { read, timers, log }: KeyFileTools): void {
    this.#file = file
    this.#watch = new KeyFileWatch({
      ...file,
      read,
      timers,
      onKeys: (keys) => {
        this.#problem = undefined
        log.write(
          'info',
          { kind: 'keys' },
          `other keys in ${file.path}: ${keys.map(({ id }) => id).join(', ')}`,
        )
        this.#replace(keys)
      },
      onProblem: (problem) => {
        this.#problem = problem
        log.write('error', { kind: 'keys', err: problem }, `the keys stay as they were: ${problem.message}`)
      },
    })
  }

  /** Replaces the keys; a file is followed no more. */
  set(keys: Keys): void {
    this.stop()
    this.#file = undefined
    this.#problem = undefined
    this.#replace(keys)
  }

  stop(): void {
    this.#watch?.stop()
  }

  #replace(keys: Keys): void {
    this.#keyring.replace(keys)
    this.onChange()
  }
}
