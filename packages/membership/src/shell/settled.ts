// Waiting until enough members are here and none comes or goes.
import { OptionError } from '../errors.ts'
import type { View } from '../member.ts'
import { checkNames, checkSignal } from './option-checks.ts'
import type { Timer, Timers } from './timers.ts'

/** Options of `settled()`. */
export interface SettledOptions {
  /** Least number of alive members, self included. Default 1. */
  readonly minMembers?: number
  /** For how long the same members must have been alive, in ms. Default 500. */
  readonly stableMs?: number
  /** Gives up waiting: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** What the wait needs to know of its cluster. */
export interface ViewFeed<M> {
  view(): View<M>
  /** Why there will be no further view; undefined while the cluster is open. */
  closed(): Error | undefined
  /** Calls back after each change of the view and when the cluster closes, until the returned function is called. */
  subscribe(onChange: () => void): () => void
}

/** Resolves with the view once it has been stable. @throws OptionError before anything is subscribed */
export function settled<M>(feed: ViewFeed<M>, timers: Timers, options: SettledOptions): Promise<View<M>> {
  checkNames('', options, ['minMembers', 'stableMs', 'signal'])
  const { minMembers = 1, stableMs = 500, signal } = options
  if (!Number.isSafeInteger(minMembers) || minMembers < 1) {
    throw new OptionError('minMembers', 'a whole number of at least 1', minMembers)
  }
  if (!Number.isFinite(stableMs) || stableMs < 0 || stableMs > 2 ** 31 - 1) {
    throw new OptionError('stableMs', 'milliseconds from 0 to 2147483647', stableMs)
  }
  checkSignal(signal)
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined
    let lastAlive: string | undefined
    const finish = (settle: () => void) => {
      timers.clearTimer(timer)
      unsubscribe()
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    const onAbort = () => finish(() => reject(signal?.reason))
    const look = () => {
      const closed = feed.closed()
      if (closed !== undefined) return finish(() => reject(closed))
      const alive = aliveMembers(feed.view())
      const key = alive.join(' ')
      if (key === lastAlive) return
      lastAlive = key
      timers.clearTimer(timer)
      timer = undefined
      if (alive.length < minMembers) return
      timer = timers.setTimer(() => finish(() => resolve(feed.view())), stableMs)
    }
    const unsubscribe = feed.subscribe(look)
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
    else look()
  })
}

/** One word for each life that is alive and stays. */
function aliveMembers(view: View): string[] {
  return view.members
    .filter((member) => member.state === 'alive' && !member.leaving)
    .map((member) => `${member.name}/${member.generation}/${member.instance}`)
}
