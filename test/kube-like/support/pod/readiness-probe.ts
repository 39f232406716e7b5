// Asks a program whether it is ready, from the node, as the kubelet does: at once, then in each period.
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dialer } from '../network/dialer.ts'

export interface Probe {
  readonly address: string
  readonly port: number
  readonly path: string
  readonly periodMs: number
  readonly timeoutMs: number
  /** So many failures in a row make a ready pod unready; one success makes it ready. */
  readonly failureThreshold: number
}

/** Asks until the signal is aborted, and says what has changed. */
export async function watchReadiness(
  probe: Probe,
  dialer: Dialer,
  signal: AbortSignal,
  onChange: (isReady: boolean) => void,
): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const next = sleep(probe.periodMs, undefined, { signal }).catch(() => {})
    const success = await isAnswered(probe, dialer)
    if (signal.aborted) return
    failures = success ? 0 : failures + 1
    if (success) onChange(true)
    else if (failures >= probe.failureThreshold) onChange(false)
    await next
  }
}

/** Each time by a new connection, as the kubelet does. */
function isAnswered({ address, port, path, timeoutMs }: Probe, dialer: Dialer): Promise<boolean> {
  const agent = dialer.agent({ keepAlive: false, connectTimeoutMs: timeoutMs })
  return new Promise((resolve) => {
    const request = get({ agent, host: address, port, path, signal: AbortSignal.timeout(timeoutMs) })
    request.once('error', () => resolve(false))
    request.once('response', (response) => {
      response.resume().once('error', () => {})
      const { statusCode = 0 } = response
      resolve(statusCode >= 200 && statusCode < 400)
    })
  })
}
