// No acknowledged write is lost, and no read is older than it may be, whatever happens to the pods.
import { describe, expect, it } from 'vitest'
import { type Pods, startPods } from './pods.ts'
import { randomFrom, Workload } from './workload.ts'

const SEEDS = process.env.CACHE_SEEDS ? rangeOf(process.env.CACHE_SEEDS) : [1, 2, 3, 4]

function rangeOf(text: string): number[] {
  const [from, to] = text.split('-').map(Number) as [number, number]
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

type Fault = (pods: Pods, random: () => number) => Promise<void>

/** One pod at a time, and the next one when all are ready again: what two copies survive. */
const faults: Record<string, Fault> = {
  async kill(pods, random) {
    const name = pick(pods, random)
    pods.kill(name)
    await pods.test.advance(random() * 3000)
    await pods.restart(name)
  },
  async 'restart at once'(pods, random) {
    await pods.restart(pick(pods, random))
  },
  async roll(pods, random) {
    const name = pick(pods, random)
    await pods.leave(name)
    await pods.restart(name)
  },
  async freeze(pods, random) {
    const name = pick(pods, random)
    pods.freeze(name)
    await pods.test.advance(random() * 12_000)
    pods.thaw(name)
  },
  async 'cut off'(pods, random) {
    pods.test.cut([pick(pods, random)])
    await pods.test.advance(random() * 12_000)
    pods.test.heal()
  },
  async 'grow and shrink'(pods) {
    const name = await pods.add()
    await pods.ready()
    await pods.leave(name)
  },
  async 'quiet down'(pods, random) {
    await pods.test.advance(random() * 2000)
  },
}

function pick({ names }: Pods, random: () => number): string {
  return names[Math.floor(random() * names.length)] as string
}

describe.each(SEEDS)('seed %d', (seed) => {
  it('keeps every acknowledged write, and reads nothing older', async () => {
    const random = randomFrom(seed)
    const count = 3 + Math.floor(random() * 3)
    await using pods = await startPods(count, { seed })
    const workload = new Workload({ pods, random, keys: 60, clients: 8 })
    const story: string[] = [`${count} pods`]
    for (let i = 0; i < 6; i++) {
      const names = Object.keys(faults)
      const name = names[Math.floor(random() * names.length)] as string
      story.push(`${name} at ${pods.test.now.toFixed(0)}`)
      await faults[name]?.(pods, random)
      await pods.ready()
      await pods.test.advance(500)
    }
    workload.stop()
    await pods.test.until(() => workload.isIdle)
    await pods.until(workload.readAll())
    expect(workload.problems, story.join(', ')).toEqual([])
    expect(workload.reads).toBeGreaterThan(300)
    expect(workload.writes).toBeGreaterThan(300)
  })
})
