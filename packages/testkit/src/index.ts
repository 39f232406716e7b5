export type { DnsResponseCode } from './dns/dns-message.ts'
export {
  type DnsFaults,
  type DnsQueryLogEntry,
  type DnsRecordInput,
  type DnsServer,
  type DnsServerOptions,
  startDnsServer,
} from './dns/dns-server.ts'
export type { DnsPod, DnsPort, DnsService } from './dns/dns-zone.ts'
