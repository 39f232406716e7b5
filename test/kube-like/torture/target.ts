// The example's cache, by its manifests as they are.
import { fileURLToPath } from 'node:url'
import { readBase } from '../../../examples/distributed-cache/test/k8s-manifests.ts'
import { bundle } from '../support/bundle.ts'
import { specFromManifests } from '../support/manifest.ts'
import { tellEvents } from '../support/pod/events.ts'
import type { Target } from './torture.ts'

const program = fileURLToPath(new URL('../../../examples/distributed-cache/src/main.ts', import.meta.url))

export function cacheTarget(): Target {
  return {
    spec: specFromManifests(readBase(), [process.execPath, ...tellEvents, bundle(program)]),
    port: 'http',
    path: '/cache/',
    // The default of its option `nearLeaseMs`.
    leaseMs: 100,
  }
}
