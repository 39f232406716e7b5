// Problems with their sentences: what was seen, and what to look at.
import type { DnsFailure } from './dns-client.ts'
import type { RecordType, SeedProblem, ServerProblemType } from './seed-problem.ts'

/** The name has no records. `exists`: but it is there. */
export function negativeProblem(exists: boolean, names: readonly string[], service: string): SeedProblem {
  const asked = names.join(', ')
  if (exists) {
    const message = `${asked} exists but has no records of the types asked: no pod is listed now.`
    return { type: 'no-records', names, message }
  }
  const isBare = !service.includes('.') && names.every((name) => !name.includes(`${service.toLowerCase()}.`))
  const hint = isBare
    ? ' resolv.conf has no search list to complete the name: write it in full, and in a pod with hostNetwork set dnsPolicy: ClusterFirstWithHostNet.'
    : ''
  const message = `No such name: ${asked}. Either no pod of the Service is Ready yet and publishNotReadyAddresses is not set, or the name is wrong.${hint}`
  return { type: 'no-such-name', names, message }
}

const whatServerDid: Record<ServerProblemType, (failure: DnsFailure) => string> = {
  'server-silent': () => 'does not answer',
  'server-unreachable': ({ code }) => `cannot be reached (${code})`,
  'server-failed': ({ code }) => `answers with a failure (${code})`,
  'server-refused': () => 'refuses the question (REFUSED)',
  'tcp-blocked': () =>
    'answers over UDP but not over TCP, which answers above 512 bytes need (from some 30 pods): allow TCP port 53 to it',
}

/** No name server gave an answer. `keeps`: an earlier one did, and its records stay. */
export function serverProblem(
  name: string,
  recordType: RecordType,
  failure: DnsFailure,
  keeps: boolean,
): SeedProblem {
  const { class: type, code, server } = failure
  const did = whatServerDid[type](failure)
  const message = `DNS server ${server} ${did} (asked for ${recordType} of ${name})${keeps ? '; the last good set is kept' : ''}.`
  return { type, name, recordType, server, code, message }
}

/** The answer may have been cut. */
export function nearCeilingProblem(name: string, recordType: RecordType, records: number): SeedProblem {
  const message = `${name} has ${records} ${recordType} records or more: a DNS answer ends at 64 KiB, so some peers may be missing from it.`
  return { type: 'near-ceiling', name, recordType, records, message }
}

/** SRV was given up for addresses. */
export function srvUnreadableProblem(name: string): SeedProblem {
  const message = `The SRV answer for ${name} cannot be read (EFORMERR, from some 640 pods on); A and AAAA were asked instead.`
  return { type: 'srv-unreadable', name, message }
}

/** Some SRV targets have no answer. */
export function targetsProblem(targets: readonly string[]): SeedProblem {
  const message = `No answer for the addresses of ${targets.length} SRV targets (${few(targets)}); their last known ones are kept.`
  return { type: 'targets-unresolved', targets, message }
}

/** Entries that cannot be dialed. */
export function unusableProblem(addresses: readonly string[]): SeedProblem {
  const message = `Left out ${addresses.length} listed entries that cannot be dialed (${few(addresses)}).`
  return { type: 'unusable-addresses', addresses, message }
}

/** The first few of a list, for a sentence. */
export function few(items: readonly string[], most = 3): string {
  const shown = items.slice(0, most).join(', ')
  return items.length > most ? `${shown} and ${items.length - most} more` : shown
}
