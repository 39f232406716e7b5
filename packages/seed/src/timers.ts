// The few things done with timers here: every one ends at once when told to.

/** Resolves after `ms`, or at once when the signal is aborted. Never rejects, leaves nothing behind. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}

/**
 * The promise's outcome, or a rejection with code `ETIMEOUT` after `ms`, or when `hurry` resolves. What the promise
 * does later is ignored.
 */
export function within<T>(ms: number, promise: Promise<T>, hurry?: Promise<void>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(Object.assign(new Error(`no answer within ${ms} ms`), { code: 'ETIMEOUT' }))
    hurry?.then(late)
    const timer = setTimeout(late, ms)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
