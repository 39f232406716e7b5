// From the name of a Service as written to the full names to ask. Pure: resolv.conf and the namespace are handed in.
import type { ResolvConf } from './resolv-conf.ts'

/** Longest name DNS can carry, in text without the final dot. */
const maxNameLength = 253

/** True for a name of letters, digits, `-` and `_` in labels of 1 to 63, with or without the final dot. */
export function isDnsName(name: string): boolean {
  const labels = name.replace(/\.$/, '').split('.')
  return name.length <= maxNameLength + 1 && labels.every((label) => /^[a-z0-9_-]{1,63}$/i.test(label))
}

/**
 * The full names to ask, in order.
 *
 * A final dot, the form `<service>.<namespace>.svc.<zone>`, or one of the search domains at the end: the name is
 * complete and the only one. In a pod `cache` and `cache.prod` can mean one name each, and only that is asked: the
 * other combinations of the search list would cost three times the queries, and the last of them would leave the
 * cluster. Elsewhere the search list and ndots are used as by libc.
 */
export function fullNames(service: string, conf: Pick<ResolvConf, 'search' | 'ndots'>): string[] {
  const name = service.toLowerCase().replace(/\.$/, '')
  if (service.endsWith('.') || isComplete(name, conf.search)) return [name]
  const labels = name.split('.')
  const inCluster = clusterDomains(conf.search)
  let names: string[] = []
  if (labels.length === 1) names = inCluster.map(({ namespace, zone }) => `${name}.${namespace}.svc.${zone}`)
  else if (labels.length === 2) names = inCluster.map(({ zone }) => `${name}.svc.${zone}`)
  else if (labels.length === 3 && labels[2] === 'svc') names = inCluster.map(({ zone }) => `${name}.${zone}`)
  if (names.length === 0) {
    const searched = conf.search.map((domain) => `${name}.${domain}`)
    names = labels.length - 1 >= conf.ndots ? [name, ...searched] : [...searched, name]
  }
  return [...new Set(names)].filter((candidate) => candidate.length <= maxNameLength)
}

/**
 * The id of the cluster that uses this Service: `cache.prod` however the name was written, so that pods agree on
 * it without agreeing on spelling or knowing the zone. Outside Kubernetes: the name as written.
 */
export function serviceClusterId(service: string, namespace: string | undefined): string {
  const name = service.toLowerCase().replace(/\.$/, '')
  const labels = name.split('.')
  if (labels.length >= 3 && labels[2] === 'svc') return labels.slice(0, 2).join('.')
  return labels.length === 1 && namespace !== undefined ? `${name}.${namespace}` : name
}

/** The pod's own namespace, from a search list as Kubernetes writes it. */
export function namespaceOf(search: readonly string[]): string | undefined {
  return clusterDomains(search)[0]?.namespace
}

function isComplete(name: string, search: readonly string[]): boolean {
  const labels = name.split('.')
  return (labels.length >= 4 && labels[2] === 'svc') || search.some((domain) => name.endsWith(`.${domain}`))
}

/** Search domains of the form `<namespace>.svc.<zone>`. */
function clusterDomains(search: readonly string[]): { namespace: string; zone: string }[] {
  return search.flatMap((domain) => {
    const found = /^([^.]+)\.svc\.(.+)$/.exec(domain)
    return found?.[1] && found[2] ? [{ namespace: found[1], zone: found[2] }] : []
  })
}
