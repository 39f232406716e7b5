// Asks a program over HTTP whether it has started, and then whether it is ready, from the node, as the kubelet does.
import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Dialer } from '../network/dialer.ts'
import type { HttpProbe, StatefulSetSpec } from '../spec.ts'

/** Where the program is, and how it is reached. */
export interface Probed {
  readonly address: string
  readonly dialer: Dialer
}

/** Asks until the signal is aborted, and says what has changed. */
export async function watchReadiness(
  { startupProbe, readinessProbe, ports = {} }: StatefulSetSpec,
  probed: Probed,
  signal: AbortSignal,
  onChange: (isReady: boolean) => void,
): Promise<void> {
  const answers = (probe: HttpProbe) => ask(probe, { ...probed, port: ports[probe.port] as number }, signal)
  if (startupProbe !== undefined) for await (const isAnswered of answers(startupProbe)) if (isAnswered) break
  if (signal.aborted) return
  if (readinessProbe === undefined) return onChange(true)
  let failures = 0
  for await (const isAnswered of answers(readinessProbe)) {
    failures = isAnswered ? 0 : failures + 1
    if (isAnswered) onChange(true)
    else if (failures >= (readinessProbe.failureThreshold ?? 3)) onChange(false)
  }
}

/** Whether it was answered, at once and then in each period. */
async function* ask(
  { path, periodSeconds = 10, timeoutSeconds = 1 }: HttpProbe,
  { address, port, dialer }: Probed & { readonly port: number },
  signal: AbortSignal,
): AsyncGenerator<boolean> {
  while (!signal.aborted) {
    const next = sleep(periodSeconds * 1000, undefined, { signal }).catch(() => {})
    const isAnswered = await isGood({ host: address, port, path }, dialer, timeoutSeconds * 1000)
    if (signal.aborted) return
    yield isAnswered
    await next
  }
}

/** Each time by a new connection, as the kubelet does. */
function isGood(
  where: { host: string; port: number; path: string },
  dialer: Dialer,
  timeoutMs: number,
): Promise<boolean> {
  const agent = dialer.agent({ keepAlive: false, connectTimeoutMs: timeoutMs })
  return new Promise((resolve) => {
    const request = get({ ...where, agent, signal: AbortSignal.timeout(timeoutMs) })
    request.once('error', () => resolve(false))
    request.once('response', (response) => {
      response.resume().once('error', () => {})
      const { statusCode = 0 } = response
      resolve(statusCode >= 200 && statusCode < 400)
    })
  })
}
