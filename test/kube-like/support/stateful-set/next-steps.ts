// What the StatefulSet controller does next, by what it sees: the rules of Kubernetes, without a clock.

/** A pod, as the controller sees it. */
export interface SeenPod {
  readonly ordinal: number
  readonly revision: number
  readonly isReady: boolean
  readonly isTerminating: boolean
}

/** What ought to be. */
export interface Desired {
  readonly replicas: number
  readonly revision: number
  readonly isParallel: boolean
}

export type Step = { readonly type: 'create' | 'delete'; readonly ordinal: number }

/** All that can be done now; once the pods have changed, it is asked again. */
export function nextSteps(desired: Desired, pods: readonly SeenPod[]): Step[] {
  const scaling = scale(desired, pods)
  if (scaling.length > 0 || !isComplete(desired, pods)) return scaling
  return update(desired, pods)
}

function scale({ replicas, isParallel }: Desired, pods: readonly SeenPod[]): Step[] {
  const byOrdinal = new Map(pods.map((pod) => [pod.ordinal, pod]))
  const steps: Step[] = []
  for (let ordinal = 0; ordinal < replicas; ordinal++) {
    const pod = byOrdinal.get(ordinal)
    if (pod === undefined) steps.push({ type: 'create', ordinal })
    // One after the other: each waits for the one before.
    if (!isParallel && !pod?.isReady) return steps
  }
  const condemned = pods.filter(({ ordinal }) => ordinal >= replicas).sort((a, b) => b.ordinal - a.ordinal)
  for (const { ordinal, isTerminating } of condemned) {
    if (!isTerminating) steps.push({ type: 'delete', ordinal })
    if (!isParallel) return steps
  }
  return steps
}

function isComplete({ replicas }: Desired, pods: readonly SeenPod[]): boolean {
  return pods.filter(({ ordinal }) => ordinal < replicas).length === replicas
}

/** From the highest ordinal down: each of the old revision is replaced, once all above it are ready. */
function update({ replicas, revision }: Desired, pods: readonly SeenPod[]): Step[] {
  const present = pods.filter(({ ordinal }) => ordinal < replicas).sort((a, b) => b.ordinal - a.ordinal)
  for (const pod of present) {
    if (pod.revision !== revision && !pod.isTerminating) return [{ type: 'delete', ordinal: pod.ordinal }]
    if (!pod.isReady) return []
  }
  return []
}
