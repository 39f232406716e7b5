// No acknowledged write is lost, and no read is older than it may be, whatever happens to the pods.
import { describe, expect, it } from 'vitest'
import { type Pods, startPods } from './pods.ts'
import { randomFrom, Workload } from './workload.ts'

const SEEDS = process.env.CACHE_SEEDS ? rangeOf(process.env.CACHE_SEEDS) : [1, 2, 3]

function rangeOf(text: string): number[] {
  const [from, to] = text.split('-').map(Number) as [number, number]
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

interface Scene {
  readonly pods: Pods
  readonly random: () => number
  readonly workload: Workload
  readonly replicas: number
}

/** What so many copies survive, and the next one when all are ready again. */
const faults: Record<string, (scene: Scene) => Promise<void>> = {
  async kill({ pods, random, replicas }) {
    const names = [pick(pods, random)]
    pods.kill(names[0] as string)
    // Three copies survive two deaths.
    if (replicas === 3) {
      await pods.test.advance(random() * 1000)
      names.push(pick(pods, random))
      pods.kill(names[1] as string)
    }
    await pods.test.advance(random() * 3000)
    for (const name of names) await pods.restart(name)
  },
  async 'restart at once'({ pods, random }) {
    await pods.restart(pick(pods, random))
  },
  async roll({ pods, random }) {
    const name = pick(pods, random)
    await pods.leave(name)
    await pods.restart(name)
  },
  async freeze({ pods, random, workload }) {
    const name = pick(pods, random)
    pods.freeze(name)
    await pods.test.advance(random() * 12_000)
    pods.thaw(name)
    await readOften(pods, workload, name)
  },
  async 'cut off'({ pods, random, workload }) {
    const name = pick(pods, random)
    pods.test.cut([name])
    await pods.test.advance(random() * 12_000)
    pods.test.heal()
    await readOften(pods, workload, name)
  },
  async resets({ pods, random }) {
    for (let count = 5; count > 0; count--) {
      pods.test.resetLinks(pick(pods, random))
      await pods.test.advance(500 + random() * 500)
    }
  },
  async 'grow and shrink'({ pods, random }) {
    const names: string[] = []
    for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
      // As in a StatefulSet, whose pods of the highest numbers go first, and come back by the same names.
      const name = `m-${pods.names.length}`
      if (pods.has(name)) await pods.restart(name)
      else await pods.add(name, skew(random))
      names.unshift(name)
      await pods.test.advance(random() * 50)
    }
    await pods.ready()
    for (const name of names) await pods.leave(name)
  },
  async 'quiet down'({ pods, random }) {
    await pods.test.advance(random() * 2000)
  },
}

/** At a pod that is back, before it may know that it was away. */
async function readOften(pods: Pods, workload: Workload, name: string): Promise<void> {
  for (let i = 0; i < 20; i++) {
    void workload.readAllAt(name)
    await pods.test.advance(2 ** (i / 2))
  }
}

function pick({ names }: Pods, random: () => number): string {
  return names[Math.floor(random() * names.length)] as string
}

/** As on a machine with too much to do: now and then a pod stands still, for less than it takes to be failed. */
async function stutter({ pods, random, workload }: Scene): Promise<void> {
  while (!workload.isStopped) {
    await pods.test.sleep(random() * 200)
    const name = pick(pods, random)
    if (pods.process(name).state !== 'running') continue
    pods.freeze(name)
    await pods.test.sleep(2 ** (random() * 10))
    if (pods.process(name).state === 'frozen') pods.thaw(name)
  }
}

/** How far the clock of a pod is off. */
function skew(random: () => number): number {
  return Math.round((random() - 0.5) * 20_000)
}

describe.each(SEEDS)('seed %d', (seed) => {
  it('keeps every acknowledged write, and reads nothing older', async () => {
    const random = randomFrom(seed)
    const count = 3 + Math.floor(random() * 3)
    const replicas = random() < 0.7 ? 2 : 3
    const nearLeaseMs = random() < 0.5 ? 0 : 100
    await using pods = await startPods(count, { seed, replicas, nearLeaseMs, skewMs: () => skew(random) })
    const workload = new Workload({ pods, random, keys: 60, clients: 6, leaseMs: nearLeaseMs })
    const scene = { pods, random, workload, replicas }
    const isBusy = random() < 0.5
    if (isBusy) void stutter(scene)
    const story: string[] = [`${count} pods, ${replicas} copies${isBusy ? ', on a busy machine' : ''}`]
    for (let i = 0; i < 5; i++) {
      const names = Object.keys(faults)
      const name = names[Math.floor(random() * names.length)] as string
      story.push(`${name} at ${pods.test.now.toFixed(0)}`)
      await faults[name]?.(scene)
      await pods.ready()
      await pods.test.advance(500)
    }
    workload.stop()
    await pods.test.until(() => workload.isIdle)
    for (const name of pods.names) await pods.until(workload.readAllAt(name))
    expect(workload.problems, story.join(', ')).toEqual([])
    expect(workload.reads).toBeGreaterThan(300)
    expect(workload.writes).toBeGreaterThan(300)
  })
})
