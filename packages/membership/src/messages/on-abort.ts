// Signals that end calls. A signal may come with any number of calls at once, so it is listened to once for all of them:
// Node warns of a leak from the eleventh listener on, and adding or removing one looks at all the others.

interface Followed {
  readonly calls: Set<() => void>
  readonly tell: () => void
}

const followed = new WeakMap<AbortSignal, Followed>()

/** Calls back once when the signal is aborted, which it is not yet; until the returned function is called. */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  const { calls, tell } = followed.get(signal) ?? follow(signal)
  // Nobody listens in vain: Node keeps some signals in memory as long as there is a listener.
  if (calls.size === 0) signal.addEventListener('abort', tell, { once: true })
  calls.add(call)
  return () => {
    if (calls.delete(call) && calls.size === 0) signal.removeEventListener('abort', tell)
  }
}

function follow(signal: AbortSignal): Followed {
  const calls = new Set<() => void>()
  const tell = () => {
    for (const call of calls) {
      calls.delete(call)
      call()
    }
  }
  const made = { calls, tell }
  followed.set(signal, made)
  return made
}
