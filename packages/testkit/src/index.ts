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
export { type Bounds, boundsFor } from './sim/bounds.ts'
export { type Check, type CheckFactory, InvariantError } from './sim/check.ts'
export { drawPlan, type Scenario, scenarios } from './sim/draw/scenarios.ts'
export { allChecks } from './sim/invariants/all.ts'
export { checkAgreement, checkLinks, checkQuiet, disagreement } from './sim/invariants/settled.ts'
export { playPlan, type RunParts, type RunResult, runSeed } from './sim/mixed-run.ts'
export type { Plan, Step } from './sim/plan.ts'
export { RandomStream } from './sim/random.ts'
export { realParts } from './sim/real-parts.ts'
export type { NetworkOptions } from './sim/routes.ts'
export type { SimMember } from './sim/sim-member.ts'
export { Simulation } from './sim/simulation.ts'
export type { SimulationOptions, StartOptions } from './sim/simulation-options.ts'
export { runSeeds, type SeedFailure, type SeedsOptions, type SeedsResult } from './simulate/run-seeds.ts'
export { type Breaks, type ShrinkLimits, shrinkPlan } from './simulate/shrink.ts'
export { TestTimeoutError, TestUsageError } from './test-cluster/errors.ts'
export type { TestClusterOptions, TestJoinOptions } from './test-cluster/options.ts'
export { createTestCluster, type MemberRef, type TestCluster } from './test-cluster/test-cluster.ts'
