// How long one question after the other takes.
import { performance } from 'node:perf_hooks'

/** Asks for some time; times of each answer, in microseconds. */
export async function pingPong(ask, forMs) {
  const samples = []
  const until = performance.now() + forMs
  for (let now = performance.now(); now < until; ) {
    await ask()
    const answeredAt = performance.now()
    samples.push(answeredAt - now)
    now = answeredAt
  }
  samples.sort((a, b) => a - b)
  const at = (share) => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] * 1000
  return { count: samples.length, medianUs: at(0.5), p99Us: at(0.99), worstUs: at(1) }
}
