// The manifests as objects: the base's files as they are, the overlays as kustomize renders them.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import type { INamespace } from 'kubernetes-models/v1/Namespace'
import type { ISecret } from 'kubernetes-models/v1/Secret'
import type { IService } from 'kubernetes-models/v1/Service'
import { parse, parseAllDocuments } from 'yaml'

/** Every kind that the example uses. */
export type Manifest = IStatefulSet | IService | IPodDisruptionBudget | INetworkPolicy | INamespace | ISecret

const folder = join(import.meta.dirname, '../k8s')

/** `kubectl` has kustomize inside. */
export const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0

/** What the base's files say, without kustomize. */
export function readBase(): Manifest[] {
  const { resources } = parse(read('base/kustomization.yaml')) as { resources: string[] }
  return resources.flatMap((file) => manifestsOf(read(join('base', file))))
}

/** What `kubectl apply -k` would send. */
export function render(overlay: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(folder, 'overlays', overlay)], {
    encoding: 'utf8',
  })
  // Warnings (deprecated fields) come with status 0.
  if (status !== 0 || stderr !== '') throw new Error(stderr)
  return manifestsOf(stdout)
}

function read(file: string): string {
  return readFileSync(join(folder, file), 'utf8')
}

/** YAML 1.1, which is what Kubernetes reads: there `no` is false, and 0440 is octal. */
function manifestsOf(yaml: string): Manifest[] {
  return parseAllDocuments(yaml, { version: '1.1' }).map((document) => {
    if ('errors' in document && document.errors[0]) throw document.errors[0]
    return document.toJS() as Manifest
  })
}
