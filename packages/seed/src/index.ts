export { combine } from './combine.ts'
export {
  diagnoseSeeds,
  type SeedDiagnosis,
  type SeedFacts,
  type SeedFinding,
  type UnreachedSeed,
} from './diagnose-seeds.ts'
export type { DnsResolver, DnsResolverFactory, SrvTarget } from './dns-client.ts'
export { SeedError } from './errors.ts'
export { headlessService } from './headless-service.ts'
export type { PollOptions } from './poll-options.ts'
export type { RecordType, SeedProblem, ServerProblemType } from './seed-problem.ts'
export type {
  AnySeedSnapshot,
  AnySeedSource,
  Seed,
  SeedSnapshot,
  SeedSource,
  WatchOptions,
} from './seed-source.ts'
export { type SeedFunction, type SeedsFromOptions, seedsFrom } from './seeds-from.ts'
export type { HeadlessServiceOptions } from './service-options.ts'
export { type StaticSeedsOptions, staticSeeds } from './static-seeds.ts'
