// What one can do to real pods, at the limits of what makes sense.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MAX_PODS, openPlayground, type Playground } from '../src/cluster/playground.ts'
import type { Pod } from '../src/cluster/pod.ts'

let playground: Playground | undefined
const execArgv = [...process.execArgv]
// Pods are forked with what this process was started with: from the sources, so that no build is needed.
beforeAll(() => {
  process.execArgv = ['--import', 'tsx', '--conditions=@rollcall/source']
})
afterAll(() => {
  process.execArgv = execArgv
})
afterEach(() => playground?.close())

describe('the playground', () => {
  it('brings back the pod that ended first when there is no room for another', async () => {
    playground = await openPlayground()
    const pods: Pod[] = []
    for (let i = 0; i < MAX_PODS; i++) pods.push(await playground.add())
    await expect(playground.add()).rejects.toThrow('9 pods already, and all of them run')
    for (const name of ['pod-3', 'pod-1']) {
      const pod = pods.find((candidate) => candidate.name === name) as Pod
      playground.kill(pod)
      await pod.process.exited
    }
    expect((await playground.add()).name).toBe('pod-3')
    expect((await playground.add()).name).toBe('pod-1')
    await expect(playground.add()).rejects.toThrow('all of them run')
    expect(playground.pods).toHaveLength(MAX_PODS)
  })

  it('says why a pod cannot leave, and when a pod calls join', async () => {
    playground = await openPlayground()
    const joining: string[] = []
    playground.on('joining', ({ pod }) => joining.push(pod))
    const pod = await playground.add()
    await expect.poll(() => pod.status, { timeout: 20_000 }).toBe('running')
    expect(joining).toEqual(['pod-0'])
    playground.freeze(pod)
    expect(() => playground?.leave(pod)).toThrow('pod-0 is frozen: f thaws it')
    playground.kill(pod)
    expect(() => playground?.freeze(pod)).toThrow('pod-0 was killed: r restarts it')
  })
})
