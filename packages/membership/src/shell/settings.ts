// Checks the options of `join` and fills in the defaults: from here on nothing is missing or wrong.
import { randomBytes } from 'node:crypto'
import { Server } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { hostname } from 'node:os'
import type { ClusterIds } from '../core/cluster-ids.ts'
import type { ProtocolOptions } from '../core/options.ts'
import { OptionError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { JoinOptions, LeaveSignal } from '../options.ts'
import { checkSecurity, type SecurityChoice } from '../security/check-security.ts'
import type { SeedSource } from '../seed-source.ts'
import { canonicalIp, splitHostPort } from './address.ts'
import { checkClusterIds } from './cluster-id-options.ts'
import { functionSeeds } from './function-seeds.ts'
import { checkHost } from './host-option.ts'
import { checkHandoverTimeout, DEFAULT_HANDOVER_TIMEOUT_MS } from './leave-options.ts'
import { checkLimits } from './limits-option.ts'
import type { Logger } from './log.ts'
import { encodeMetadata } from './metadata.ts'
import { checkNames, checkSize, checkText } from './option-checks.ts'
import { checkProtocol } from './protocol-option.ts'
import { DEFAULT_PATH } from './websocket.ts'
import { wireLimits } from './wire-limits.ts'

/** The port members listen on, unless told otherwise. */
export const DEFAULT_PORT = 7946

/** An address to announce, before the port is known. */
export interface AdvertisedHost {
  readonly host: string
  readonly port: number | undefined
}

/** Checked options. */
export interface Settings {
  readonly source: SeedSource
  readonly security: SecurityChoice
  readonly name: string
  readonly clusterIds: ClusterIds
  readonly host: string | undefined
  readonly port: number
  readonly server: Server | HttpsServer | undefined
  readonly advertise: readonly AdvertisedHost[] | undefined
  readonly path: string
  readonly metadata: Uint8Array
  readonly signals: readonly LeaveSignal[]
  readonly handoverTimeoutMs: number
  readonly logger: Logger | undefined
  readonly protocol: Partial<ProtocolOptions>
  readonly expectedSize: number | undefined
  readonly limits: Limits
}

/** The environment variables that count. */
export type Environment = Readonly<Record<string, string | undefined>>

const optionNames: Record<keyof JoinOptions, true> = {
  seeds: true,
  security: true,
  name: true,
  clusterId: true,
  alsoClusterIds: true,
  host: true,
  port: true,
  advertise: true,
  server: true,
  path: true,
  metadata: true,
  parseMetadata: true,
  signals: true,
  handoverTimeoutMs: true,
  logger: true,
  protocol: true,
  expectedSize: true,
  limits: true,
}

const leaveSignals: readonly LeaveSignal[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']

/** Checks options. @throws OptionError, MetadataTypeError, MetadataTooLargeError */
export function checkOptions(options: JoinOptions<never>, environment: Environment): Settings {
  checkNames('', options, Object.keys(optionNames))
  const { security, server, parseMetadata } = options
  if (parseMetadata !== undefined && typeof parseMetadata !== 'function') {
    throw new OptionError('parseMetadata', 'a function', parseMetadata)
  }
  const source = checkSeeds(options.seeds)
  const limits = checkLimits(options.limits)
  return {
    source,
    security: checkSecurity(security, server),
    name: checkText('name', options.name ?? defaultName(environment)),
    clusterIds: checkClusterIds(options, source),
    ...checkWhere(options, server),
    server,
    advertise: checkAdvertise(options.advertise),
    path: checkPath(options.path ?? DEFAULT_PATH),
    metadata: encodeMetadata(options.metadata, limits.metadataBytes),
    limits,
    signals: checkSignals(options.signals),
    handoverTimeoutMs: checkHandoverTimeout(options.handoverTimeoutMs ?? DEFAULT_HANDOVER_TIMEOUT_MS),
    logger: checkLogger(options.logger),
    protocol: checkProtocol(options.protocol),
    expectedSize: options.expectedSize === undefined ? undefined : checkSize(options.expectedSize),
  }
}

function checkSeeds(seeds: unknown): SeedSource {
  if (typeof seeds === 'function') return functionSeeds(seeds as never)
  const source = seeds as Partial<SeedSource> | null | undefined
  if (typeof source === 'object' && source !== null && typeof source.watch === 'function')
    return source as SeedSource
  throw new OptionError('seeds', 'a seed source or an async function that returns addresses', seeds)
}

/** In a pod the host name is the pod's name; elsewhere several members may share a host. */
function defaultName(environment: Environment): string {
  if (environment.POD_NAME) return environment.POD_NAME
  if (environment.KUBERNETES_SERVICE_HOST) return hostname()
  return `${hostname()}-${randomBytes(3).toString('hex')}`
}

function checkWhere(options: JoinOptions<never>, server: unknown): Pick<Settings, 'host' | 'port'> {
  const { host, port } = options
  if (server !== undefined) {
    if (!(server instanceof Server || server instanceof HttpsServer)) {
      throw new OptionError('server', 'a server of node:http or node:https', server)
    }
    for (const [option, value] of Object.entries({ host, port })) {
      if (value !== undefined) throw new OptionError(option, 'nothing, since server is given', value)
    }
  }
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65535)) {
    throw new OptionError('port', 'a whole number from 0 to 65535', port)
  }
  return { host: checkHost(host), port: port ?? DEFAULT_PORT }
}

function checkAdvertise(advertise: unknown): readonly AdvertisedHost[] | undefined {
  if (advertise === undefined) return undefined
  const list: readonly unknown[] = Array.isArray(advertise) ? advertise : [advertise]
  const wrong = (value: unknown) =>
    new OptionError(
      'advertise',
      `1 to ${wireLimits.addresses} IP addresses, each with or without a port`,
      value,
    )
  if (list.length === 0 || list.length > wireLimits.addresses) throw wrong(advertise)
  return list.map((entry) => {
    const parts = typeof entry === 'string' ? splitHostPort(entry) : undefined
    const host = parts === undefined ? undefined : canonicalIp(parts.host)
    if (parts === undefined || host === undefined || isWildcard(host)) throw wrong(entry)
    return { host, port: parts.port }
  })
}

/** Whether a bound address means all interfaces. */
export function isWildcard(host: string): boolean {
  return host === '::' || host === '0.0.0.0'
}

function checkPath(path: unknown): string {
  if (typeof path === 'string' && /^\/[\w\-./~]*$/.test(path)) return path
  throw new OptionError('path', 'a URL path that starts with / and has no query', path)
}

function checkSignals(signals: unknown): readonly LeaveSignal[] {
  if (signals === undefined) return []
  if (signals === true) return ['SIGTERM']
  const wrong = (value: unknown) =>
    new OptionError('signals', `true or a list of ${leaveSignals.join(', ')}`, value)
  if (!Array.isArray(signals)) throw wrong(signals)
  for (const signal of signals) if (!leaveSignals.includes(signal)) throw wrong(signal)
  return [...new Set(signals as LeaveSignal[])]
}

function checkLogger(logger: unknown): Logger | undefined {
  if (logger === undefined) return undefined
  const methods = ['debug', 'info', 'warn', 'error'] as const
  const given = (logger ?? {}) as Partial<Logger>
  if (methods.every((method) => typeof given[method] === 'function')) return given as Logger
  throw new OptionError('logger', `an object with the methods ${methods.join(', ')}`, logger)
}
