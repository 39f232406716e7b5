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
export { type Child, type ChildExit, type SpawnChildOptions, spawnChild } from './process/spawn-child.ts'
export { createProxy } from './proxy/create-proxy.ts'
export type { FaultProxy, ProxyCounters } from './proxy/fault-proxy.ts'
export type { ConnectsWhenCut, Cut, Delay, Faults } from './proxy/faults.ts'
export type { GateState } from './proxy/gate.ts'
export type { Endpoint, ProxyOptions } from './proxy/options.ts'
