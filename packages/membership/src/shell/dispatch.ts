// Calls the listeners of an event so that one that fails hurts neither the others nor the protocol.
import type { EventEmitter } from 'node:events'

/**
 * Calls each listener as `emit` would, but goes on when one throws. A promise that a listener returns and that rejects
 * is caught too: it would otherwise end the process.
 */
export function dispatch(
  emitter: EventEmitter,
  event: string,
  payload: unknown,
  onError: (error: unknown) => void,
): void {
  for (const listener of emitter.rawListeners(event)) {
    try {
      const result: unknown = Reflect.apply(listener, emitter, [payload])
      if (result instanceof Promise) result.catch(onError)
    } catch (error) {
      onError(error)
    }
  }
}
