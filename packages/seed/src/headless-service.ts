// Seeds from the DNS records of a headless Kubernetes Service, or of any name with several addresses.
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { SeedError } from './errors.ts'
import { pollingWatch } from './poll-loop.ts'
import type { SeedSource } from './seed-source.ts'
import { ServiceLookup } from './service-lookup.ts'
import { isDnsName, namespaceOf, serviceClusterId } from './service-name.ts'
import { type HeadlessServiceOptions, readResolvConf, resolveServiceOptions } from './service-options.ts'

/** Kubernetes mounts the pod's namespace here. */
const namespacePath = '/var/run/secrets/kubernetes.io/serviceaccount/namespace'

/**
 * Finds peers by A and AAAA records (or SRV, with `portName`) of a headless Service.
 *
 * `service` is `cache` (own namespace), `cache.prod`, or a full name; a final dot says that it is full. Nothing is
 * asked before `watch` is called. Throws `SeedError` with `ERR_ROLLCALL_INVALID_OPTION` for a wrong name or option.
 */
export function headlessService(service: string, options: HeadlessServiceOptions = {}): SeedSource {
  if (typeof service !== 'string' || !isDnsName(service) || isIP(service) !== 0) {
    throw new SeedError(
      'service',
      "a DNS name such as 'cache' or 'cache.prod' (for addresses use staticSeeds)",
      service,
    )
  }
  const resolved = resolveServiceOptions(options)
  const createPoll = () => {
    const lookup = new ServiceLookup(service, resolved)
    return (signal: AbortSignal) => lookup.poll(signal)
  }
  const clusterId = options.clusterId ?? serviceClusterId(service, ownNamespace(resolved.resolvConfPath))
  return { clusterId, origin: 'DNS', watch: pollingWatch(createPoll, resolved) }
}

function ownNamespace(resolvConfPath: string): string | undefined {
  return namespaceOf(readResolvConf(resolvConfPath).search) ?? process.env.POD_NAMESPACE ?? mountedNamespace()
}

function mountedNamespace(): string | undefined {
  try {
    return readFileSync(namespacePath, 'utf8').trim() || undefined
  } catch {
    return undefined // not in a pod, or no service account mounted
  }
}
