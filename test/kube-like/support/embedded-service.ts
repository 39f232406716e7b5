// The embedded service as a StatefulSet.
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'
import { tellEvents } from './pod/events.ts'
import type { StatefulSetSpec } from './spec.ts'

const program = fileURLToPath(new URL('../../../examples/embedded-service/src/main.ts', import.meta.url))

export const HTTP_PORT = 8080

/** As in the guide's manifest; the size is given, so that a minority knows that it is one. */
export const embeddedService: StatefulSetSpec = {
  name: 'store',
  namespace: 'prod',
  replicas: 3,
  podManagementPolicy: 'Parallel',
  publishNotReadyAddresses: true,
  terminationGracePeriodSeconds: 30,
  keys: `a ${randomBytes(32).toString('base64')}\n`,
  command: [process.execPath, ...tellEvents, bundle(program)],
  env: {
    SERVICE: 'store',
    EXPECTED_SIZE: '3',
    // Until kube-proxy sends nobody here any more.
    DRAIN_MS: '1000',
    POD_NAME: { fieldPath: 'metadata.name' },
    POD_IPS: { fieldPath: 'status.podIPs' },
  },
  ports: { rollcall: 7946, http: HTTP_PORT },
  readinessProbe: { path: '/readyz', port: 'http', periodSeconds: 0.25, failureThreshold: 1 },
}
