// The example's cache, with its manifests as they are.
import { fileURLToPath } from 'node:url'
import { readBase } from '../../../examples/distributed-cache/test/k8s-manifests.ts'
import { specFromManifests } from '../support/manifest.ts'
import { tellEvents } from '../support/pod/events.ts'
import type { Target } from './torture.ts'

const program = fileURLToPath(new URL('library-pod.mjs', import.meta.url))

export const target: Target = {
  spec: specFromManifests(readBase(), [process.execPath, ...tellEvents, program]),
  port: 'http',
  path: '/cache/',
  // The default of its option `nearLeaseMs`.
  leaseMs: 100,
}
