// Starts a Node program as a process of its own and makes sure that it ends with us: for tests and demos that kill,
// freeze and restart real processes.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Options of `spawnChild`. */
export interface SpawnChildOptions {
  /** Arguments for `node`: its own flags, then the program (or `-e`, code), then the program's arguments. */
  readonly args: readonly string[]
  /** The child counts as ready when it prints a line that contains this. */
  readonly readyLine: string
  /** Variables added to our environment. */
  readonly env?: Readonly<Record<string, string>>
  /** Working directory. Default: ours. */
  readonly cwd?: string
  /** How long to wait for the ready line, in milliseconds. Default 10,000. */
  readonly readyTimeoutMs?: number
}

/** How a process ended: by itself with a code, or by a signal. */
export type ChildExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** A running child. */
export interface Child extends AsyncDisposable {
  /** Its process id. */
  readonly pid: number
  /** Everything it printed so far, line by line, standard error included. */
  readonly lines: readonly string[]
  /** Resolves when it has ended and all its output was read. */
  readonly exited: Promise<ChildExit>
  /** Calls `listener` for every further line. */
  onLine(listener: (line: string) => void): void
  /** Sends a signal such as SIGSTOP, SIGCONT or SIGTERM; nothing happens if the process is gone. */
  signal(name: NodeJS.Signals): void
  /** Ends it with SIGKILL, frozen or not; resolves when it is gone. */
  kill(): Promise<ChildExit>
}

/**
 * Starts the child; resolves at its ready line. Rejects, with its output, if it ends first or the time runs out.
 * The child is killed when this process exits, unless that is by a signal it does not handle.
 */
export async function spawnChild(options: SpawnChildOptions): Promise<Child> {
  const { args, env, cwd, readyLine, readyTimeoutMs = 10_000 } = options
  const child = spawn(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const listeners = new Set<(line: string) => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      for (const listener of listeners) listener(line)
    })
  }
  const exited = endWithUs(child)
  const signal = (name: NodeJS.Signals): void => void child.kill(name)
  const kill = (): Promise<ChildExit> => {
    signal('SIGKILL')
    return exited
  }
  const ready = new Promise<void>((resolve) => {
    listeners.add((line) => line.includes(readyLine) && resolve())
  })
  const problem = await firstOf(ready, exited, readyTimeoutMs)
  if (problem) {
    await kill()
    throw new Error(`child ${problem} before it printed '${readyLine}':\n${lines.join('\n')}`)
  }
  return {
    pid: child.pid as number,
    lines,
    exited,
    onLine: (listener) => void listeners.add(listener),
    signal,
    kill,
    [Symbol.asyncDispose]: async () => void (await kill()),
  }
}

/** Children that still run: one listener ends them all, since Node warns of more than ten. */
const running = new Set<ChildProcess>()
const killAll = (): void => {
  for (const child of running) child.kill('SIGKILL')
}

/** Ties the child's life to ours and resolves with its end. */
function endWithUs(child: ChildProcess): Promise<ChildExit> {
  if (running.size === 0) process.once('exit', killAll)
  running.add(child)
  const ended = (): void => {
    running.delete(child)
    if (running.size === 0) process.removeListener('exit', killAll)
  }
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      // Not started; of one that runs, the end is still to come.
      if (child.pid === undefined) ended()
      reject(error)
    })
    child.once('close', (code, signal) => {
      ended()
      resolve({ code, signal })
    })
  })
}

async function firstOf(
  ready: Promise<void>,
  exited: Promise<ChildExit>,
  timeoutMs: number,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`took more than ${timeoutMs} ms`), timeoutMs)
  })
  const ended = exited.then(({ code, signal }) => `ended (code ${code}, signal ${signal})`)
  try {
    return await Promise.race([ready.then(() => undefined), ended, timeout])
  } finally {
    clearTimeout(timer)
  }
}
