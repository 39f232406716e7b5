// What the environment says. In a pod with the manifest of the guide that is SERVICE alone; the rest is for running it
// elsewhere.
import type { JoinOptions } from '@rollcall/membership'
import { headlessService, staticSeeds } from '@rollcall/seed'
import { type PodState, parsePodState } from './topics.ts'

const { env } = process

/** Where clients come to. */
export const httpAddress = { host: env.HOST, port: Number(env.HTTP_PORT ?? 8080) }

/** How long a leaving pod takes requests at least: Kubernetes takes a moment to send them elsewhere. */
export const drainMs = Number(env.DRAIN_MS ?? 2000)

export const joinOptions: JoinOptions<PodState> = {
  seeds: env.SEEDS
    ? staticSeeds(env.SEEDS.split(','))
    : headlessService(env.SERVICE ?? 'store', env.DNS_SERVERS ? { servers: env.DNS_SERVERS.split(',') } : {}),
  // In a pod the key is where it is looked for; on loopback addresses none is needed.
  ...(env.KEY_FILE && { security: { keys: env.KEY_FILE } }),
  // Leaves at SIGTERM, and then lets the process end by it.
  signals: true,
  parseMetadata: parsePodState,
  ...(env.HOST && { host: env.HOST }),
  ...(env.PORT && { port: Number(env.PORT) }),
  // With it a lone pod knows at once that it is in a minority. As in `replicas` of the manifest.
  ...(env.EXPECTED_SIZE && { expectedSize: Number(env.EXPECTED_SIZE) }),
}
