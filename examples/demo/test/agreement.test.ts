import { describe, expect, it } from 'vitest'
import { agreement } from '../src/cluster/agreement.ts'
import type { Pod } from '../src/cluster/pod.ts'
import { pod, pods } from './pods.ts'

const names = ['pod-0', 'pod-1', 'pod-2']

/** Pods where one has met its fate and the others hold it in a state. */
function held(state: 'alive' | 'suspect' | 'failed' | 'left', fate: Partial<Pod>): Pod[] {
  const others = ['pod-0', 'pod-1'].map((name) => pod(name, names, { 'pod-2': state }))
  return [...others, { ...pod('pod-2', names), ...fate }]
}

describe('agreement of the pods', () => {
  it('counts the pods that can see, and says when the last came to its view', () => {
    const all = pods(3).map((one, index) => ({ ...one, viewAtMs: index * 100 }))
    expect(agreement(all)).toEqual({ type: 'agreed', lastAtMs: 200, observers: 3 })
  })

  it.each([
    ['killed', 'failed', { status: 'killed' }],
    ['frozen', 'failed', { status: 'frozen' }],
    ['cut off', 'failed', { cut: true }],
    ['gone after its goodbye', 'left', { status: 'left' }],
    ['gone after a goodbye that nobody could hear', 'failed', { status: 'left', cut: true }],
  ] as const)('wants a pod that is %s to be %s, and nothing else', (_, expected, fate) => {
    for (const state of ['alive', 'suspect', 'failed', 'left'] as const) {
      const type = state === expected ? 'agreed' : 'not-yet'
      expect(agreement(held(state, fate)), state).toMatchObject({ type })
    }
  })

  it('is not there while somebody holds an old life of a name, knows nobody of the name, or has no view', () => {
    const [first, second] = pods(2) as [Pod, Pod]
    expect(agreement([first, { ...second, generation: 2000 }])).toMatchObject({ type: 'not-yet' })
    expect(agreement([pod('pod-0', ['pod-0']), second])).toMatchObject({ type: 'not-yet' })
    expect(agreement([first, { ...second, view: undefined }])).toMatchObject({ type: 'not-yet' })
  })

  it('is not there while the ids of the views differ', () => {
    const [first, second] = pods(2) as [Pod, Pod]
    const other = { ...second, view: { id: 'two', members: second.view?.members ?? [] } }
    expect(agreement([first, other])).toEqual({ type: 'not-yet', why: 'view ids differ' })
  })
})
