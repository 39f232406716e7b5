// Waiting until a member takes messages again.
import type { Peer } from './peer.ts'

/** Resolves once the peer takes messages; `find` gives it as it is now, or throws why there is nothing to wait for. */
export function whenWritable(find: () => Peer, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    let watched: Peer | undefined
    const finish = (settle: () => void) => {
      watched?.watchers.delete(look)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    const onAbort = () => finish(() => reject(signal?.reason))
    const look = () => {
      try {
        const peer = find()
        if (peer.isWritable) return finish(resolve)
        // The name may have got another life while we wait.
        if (peer === watched) return
        watched?.watchers.delete(look)
        watched = peer
        peer.watchers.add(look)
      } catch (error) {
        finish(() => reject(error))
      }
    }
    if (signal?.aborted) return reject(signal.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    look()
  })
}
