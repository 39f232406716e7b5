// Makes sure that no pod outlives the demo, however the demo ends: a small shell process, in a session of its own so
// that no key and no closed terminal reaches it, reads the list of running pods and kills them when the demo's end of
// the pipe closes. Pods notice by themselves too, but a frozen one cannot.
import { type ChildProcess, spawn } from 'node:child_process'

const PROGRAM = `trap '' HUP INT TERM
while read -r line; do pids=$line; done
[ -z "$pids" ] || kill -9 $pids 2>/dev/null`

/** Watches over the processes of the pods. */
export class Guard {
  readonly #shell: ChildProcess
  readonly #pids = new Set<number>()

  constructor() {
    this.#shell = spawn('/bin/sh', ['-c', PROGRAM], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    // Without the guard pods still end with the channel to the demo; nothing else depends on it.
    this.#shell.on('error', () => {})
    this.#shell.stdin?.on('error', () => {})
    this.#shell.unref()
  }

  /** A pod runs. */
  add(pid: number): void {
    this.#pids.add(pid)
    this.#tell()
  }

  /** A pod has ended; its id may soon be another process's. */
  remove(pid: number): void {
    this.#pids.delete(pid)
    this.#tell()
  }

  /** Kills every pod now, frozen or not; without waiting, so it can be called while the demo exits. */
  killAll(): void {
    for (const pid of this.#pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It ended by itself just now.
      }
    }
  }

  /** Ends the guard; it kills what is still listed. */
  close(): void {
    this.#shell.stdin?.end()
  }

  #tell(): void {
    this.#shell.stdin?.write(`${[...this.#pids].join(' ')}\n`)
  }
}
