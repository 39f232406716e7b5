// A time limit on work that is not ours: functions of the user, and files.
import type { Platform } from '../shell/platform.ts'

/** How long to wait, and for what. */
export interface Deadline {
  readonly platform: Pick<Platform, 'setTimer' | 'clearTimer' | 'later'>
  readonly timeoutMs: number
  /** In the error: `token.verify`. */
  readonly what: string
  /** Nobody waits any more once it is aborted. */
  readonly ended?: AbortSignal | undefined
}

/**
 * Gives what `run` gives, or rejects when that takes too long. After a stall timers run before what has come meanwhile is
 * read, so another turn of the event loop is waited for. The signal is aborted once nobody waits any more.
 */
export async function within<T>(
  { platform, timeoutMs, what, ended }: Deadline,
  run: (signal: AbortSignal) => T | Promise<T>,
): Promise<T> {
  const over = new AbortController()
  let reject: (error: Error) => void = () => {}
  const late = new Promise<never>((_, rejectLate) => {
    reject = rejectLate
  })
  // Nobody waits for it where `run` throws.
  late.catch(() => {})
  const giveUp = () => reject(new Error(`${what} did not answer within ${timeoutMs} ms`))
  const timer = platform.setTimer(() => platform.later(() => platform.later(giveUp)), timeoutMs)
  const onEnded = () => reject(new Error('this member is leaving'))
  if (ended?.aborted) onEnded()
  else ended?.addEventListener('abort', onEnded, { once: true })
  try {
    return await Promise.race([run(over.signal), late])
  } finally {
    platform.clearTimer(timer)
    ended?.removeEventListener('abort', onEnded)
    over.abort()
  }
}
