// Leaving on a signal. Once there is a listener for it, Node no longer ends the process by itself; so after the goodbyes the
// signal is raised again, unless the host program listens too and decides for itself.
import type { LeaveSignal } from '../options.ts'

/**
 * Leaves on each of the signals; returns a function that stops listening, to be called once the goodbyes are said.
 * Until then a repeated signal changes nothing: process managers and terminals send the same one twice. `leave` must
 * not reject.
 */
export function leaveOnSignals(signals: readonly LeaveSignal[], leave: () => Promise<void>): () => void {
  const stop = () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    leave().then(() => {
      stop()
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  for (const signal of signals) process.on(signal, onSignal)
  return stop
}
