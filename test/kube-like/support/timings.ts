// How long a cluster takes for what it does by itself, as ranges in ms from which each case is drawn. Taken from a cluster
// of Kubernetes 1.33 with CoreDNS 1.12 on one node, where not said otherwise.

/** From and up to, in ms. */
export type Range = readonly [low: number, high: number]

export interface Timings {
  /** From the creation of a pod to the start of its program: scheduling, network, container. */
  readonly start: Range
  /** From that start until the API server knows the address of the pod: about 1 s after creation. */
  readonly addressKnown: Range
  /** From a change of what a headless Service lists until the name server reads it, which takes it 20 to 60 ms more. */
  readonly dns: Range
  /**
   * From a change of what the client Service lists to the rules that send connections on. Not measured: kube-proxy writes
   * them at most once a second.
   */
  readonly proxy: Range
  /** From the end of a container until the kubelet takes note. */
  readonly containerEndSeen: Range
  /** Wait before the second restart of a container, doubled for each further one; the first comes at once. */
  readonly restartBackoffMs: number
}

export const likeKubernetes: Timings = {
  start: [200, 500],
  addressKnown: [400, 700],
  dns: [0, 10],
  proxy: [10, 1000],
  containerEndSeen: [400, 1000],
  restartBackoffMs: 10_000,
}
