// Leaving on a signal. Once there is a listener for it, Node no longer ends the process by itself; so after the goodbyes the
// signal is raised again, unless the host program listens too and decides for itself.
import type { LeaveSignal } from '../options.ts'

/**
 * Leaves on each of the signals; returns a function that stops listening. `leave` must not reject. A second signal
 * during the goodbyes ends the process at once when nobody else listens.
 */
export function leaveOnSignals(signals: readonly LeaveSignal[], leave: () => Promise<void>): () => void {
  const stop = () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    stop()
    leave().then(() => {
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  for (const signal of signals) process.on(signal, onSignal)
  return stop
}
