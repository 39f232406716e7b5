// Leaving on a signal. Once there is a listener for it, Node no longer ends the process by itself; so after the goodbyes the
// signal is raised again, unless the host program listens too and decides for itself.
import { constants } from 'node:os'
import type { LeaveSignal } from '../options.ts'

/** Signals so close together are one: a terminal and the process manager in it each send theirs. */
const ONE_SIGNAL_MS = 200

/**
 * Leaves on each of the signals; returns a function that stops listening, to be called once the goodbyes are said.
 * A further signal before that means that whoever sends it will not wait: the process ends by it at once, unless the
 * host program listens too. `leave` must not reject.
 */
export function leaveOnSignals(signals: readonly LeaveSignal[], leave: () => Promise<void>): () => void {
  const stop = () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
  const end = (signal: NodeJS.Signals) => {
    stop()
    if (process.listenerCount(signal) === 0) endBy(signal)
  }
  let isLeaving = false
  let isFirstOver = false
  const onSignal = (signal: NodeJS.Signals) => {
    if (isFirstOver) end(signal)
    if (isLeaving) return
    isLeaving = true
    // After a blocked event loop timers come first, then what arrived meanwhile: only an immediate comes after that.
    setTimeout(() => setImmediate(() => (isFirstOver = true)), ONE_SIGNAL_MS).unref()
    leave().then(() => end(signal))
  }
  for (const signal of signals) process.on(signal, onSignal)
  return stop
}

function endBy(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal)
  // A signal that process 1 of a container does not listen to does nothing to it (Linux, pid_namespaces(7)).
  if (process.pid === 1) process.exit(128 + constants.signals[signal])
}
