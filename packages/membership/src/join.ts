// Joins a cluster: checks the options, listens, and puts core, links and seeds together.
import type { Cluster } from './cluster.ts'
import { createCore, type MembershipCore } from './core/core.ts'
import { defaultProtocol } from './core/options.ts'
import type { CoreMember } from './core/view.ts'
import { ClosedError } from './errors.ts'
import { Exchanges } from './messages/exchanges.ts'
import { Messenger } from './messages/messenger.ts'
import type { JoinOptions } from './options.ts'
import { type MemberSecurity, openSecurity } from './security/member-security.ts'
import { TokenGate } from './security/token-gate.ts'
import { isLoopback, parseAddress } from './shell/address.ts'
import type { Dialer } from './shell/dialer.ts'
import { Driver } from './shell/driver.ts'
import type { ListenerHandlers, ListenOptions } from './shell/listener.ts'
import { PeerLog } from './shell/log.ts'
import { nodePlatform } from './shell/node-platform.ts'
import { ownAddresses, requireSecurity } from './shell/own-addresses.ts'
import type { Listening, Platform } from './shell/platform.ts'
import { readAhead } from './shell/read-ahead.ts'
import { RunningCluster } from './shell/running-cluster.ts'
import { SeedFeed } from './shell/seed-feed.ts'
import { checkOptions, isWildcard, type Settings } from './shell/settings.ts'
import { leaveOnSignals } from './shell/signals.ts'
import { Views } from './shell/views.ts'

/**
 * Starts this process as a member of a cluster. Resolves as soon as it listens and its identity is fixed; others are
 * found after that (see `settled`). What rejects leaves nothing open.
 *
 * @throws OptionError, SecurityRequiredError, KeyFileError, CertificateError, TokenError, ListenError,
 * MetadataTooLargeError, MetadataTypeError
 */
export async function join<M = unknown>(options: JoinOptions<M>): Promise<Cluster<M>> {
  return joinOn(nodePlatform, options)
}

/** The same on another platform than Node's own. */
export async function joinOn<M = unknown>(platform: Platform, options: JoinOptions<M>): Promise<Cluster<M>> {
  const { environment } = platform
  const settings = checkOptions(options as JoinOptions<never>, environment)
  const log = new PeerLog(settings.logger, platform)
  const late: Late = { ended: new AbortController() }
  const security = await openSecurity(settings.security, settings.name, platform, log)
  let listener: Listening | undefined
  try {
    const { advertise } = settings
    const { secured, protection } = security
    if (settings.server === undefined) requireSecurity({ secured, advertise }, settings.host)
    const { signal } = late.ended
    const source = readAhead(settings.source, { signal, urgent: () => late.core?.urgent ?? true })
    const gate = tokenGate(security, settings, platform, () => late.driver, log)
    listener = await platform.listen(
      { ...listenOptions(settings), protection, gate },
      listenerHandlers(() => late.driver, log),
    )
    requireSecurity({ secured, advertise }, listener.bound.host)
    const addresses = ownAddresses(settings, listener.bound, environment)
    const parse = metadataParser(options.parseMetadata, log)
    return start<M>({
      platform,
      settings: { ...settings, source },
      security,
      gate,
      listener,
      addresses,
      parse,
      log,
      late,
    })
  } catch (error) {
    late.ended.abort()
    security.stop()
    listener?.close()
    throw error
  }
}

/** What callbacks made before the core exists will find once it does. */
interface Late {
  readonly ended: AbortController
  core?: MembershipCore
  driver?: Driver
}

function listenOptions({ path, port, host, server, limits }: Settings): ListenOptions {
  return {
    ...{ path, port, limits },
    ...(host === undefined ? {} : { host }),
    ...(server === undefined ? {} : { server }),
  }
}

/** What a member is made of, once it listens. */
interface Joining<M> {
  readonly platform: Platform
  readonly settings: Settings
  readonly security: MemberSecurity
  readonly gate: TokenGate | undefined
  readonly listener: Listening
  readonly addresses: readonly string[]
  readonly parse: (value: unknown, member: CoreMember) => M | undefined
  readonly log: PeerLog
  readonly late: Late
}

function start<M>(joining: Joining<M>): RunningCluster<M> {
  const { platform, settings, security, gate, listener, addresses, parse, log, late } = joining
  const { clusterIds, name, metadata, protocol, expectedSize, source, handoverTimeoutMs } = settings
  const instance = platform.newInstance()
  const identity = { ...clusterIds, name, generation: platform.wallNow(), instance, addresses, metadata }
  const core = createCore(
    { ...identity, random: platform.random, expectedSize, protocol, maxMembers: settings.limits.members },
    platform.now(),
  )
  const { ended } = late
  const stopListening: (() => void)[] = [() => listener.close(), () => ended.abort(), () => security.stop()]
  late.core = core
  const exchanges = new Exchanges<M>({
    platform,
    log,
    count: (what) => driver.counters.add(what),
    view: () => cluster.view,
    sessions: { get: (name) => driver.sessions.get(name) },
  })
  const driver: Driver = new Driver({
    core,
    platform,
    log,
    updatesPerSecond: settings.limits.updatesPerSecond,
    dialer: dialerFor(joining),
    accepts: (credential) => security.protection?.accepts(credential) ?? true,
    messages: exchanges,
    onEvent: (event) => {
      exchanges.viewChanged()
      cluster.deliver(event)
    },
    onStopping: (reason) => {
      for (const stop of stopListening) stop()
      exchanges.close(() => new ClosedError(reason))
      cluster.stopping(reason)
    },
    onStopped: (reason) => cluster.stopped(reason),
  })
  const seeds = new SeedFeed({
    source,
    timers: platform,
    port: listener.bound.port,
    loopbackOnly: !security.secured,
    signal: ended.signal,
    urgent: () => core.urgent,
    onSeeds: (found) => {
      driver.feed({ type: 'seeds', addresses: found })
      cluster.seeded()
    },
    onNotDialed: (address) => log.about('warn', 'not-dialed', address, notDialedText(address)),
    onProblem: ({ type, message }) => log.about('warn', 'seeds', type, message),
  })
  const views = new Views<M>(platform, (member) => member.instance === instance, parse)
  const cluster: RunningCluster<M> = new RunningCluster({
    clusterId: clusterIds.clusterId,
    core,
    driver,
    security,
    gate,
    messenger: new Messenger(exchanges),
    seeds,
    views,
    platform,
    log,
    handoverTimeoutMs,
    maxMetadataBytes: settings.limits.metadataBytes,
  })
  late.driver = driver
  security.onChange(() => driver.credentialsChanged())
  if (settings.signals.length > 0) {
    stopListening.push(leaveOnSignals(settings.signals, () => cluster.leave()))
  }
  seeds.run()
  return cluster
}

function listenerHandlers(driver: () => Driver | undefined, log: PeerLog): ListenerHandlers {
  return {
    connection: () => driver()?.noteActivity(),
    opened: (connection, met) => {
      const running = driver()
      if (running === undefined) connection.terminate()
      else running.accept(connection, met)
    },
    refused: (why, peer, detail) => {
      driver()?.counters.add(why)
      // Of a flood from everywhere one line is enough.
      log.about('warn', why, 'incoming', `connection from ${peer} refused: ${detail}`)
    },
    error: (error) =>
      log.about('error', 'listener', error.message, `the listener had an error: ${error.message}`, {
        err: error,
      }),
  }
}

/** What looks at tokens before links, where members show each other such. */
function tokenGate(
  { token }: MemberSecurity,
  { clusterIds, protocol }: Settings,
  platform: Platform,
  driver: () => Driver | undefined,
  log: PeerLog,
): TokenGate | undefined {
  if (token === undefined) return undefined
  return new TokenGate({
    token,
    ids: clusterIds,
    platform,
    helloTimeoutMs: protocol.helloTimeoutMs ?? defaultProtocol.helloTimeoutMs,
    refused: (counter, peer, detail) => {
      driver()?.counters.add(counter)
      log.about('warn', counter, peer, `connection from ${peer} refused: ${detail}`)
    },
    unreadable: ({ message }) => {
      driver()?.counters.add('token-unreadable')
      log.about('error', 'token-unreadable', 'self', `no link without a token of this member: ${message}`)
    },
  })
}

/** Dials from our own address where we have just one; without `security`, to loopback only. */
function dialerFor({
  platform,
  settings,
  security,
  gate,
  listener,
  log,
}: Omit<Joining<unknown>, 'parse'>): Dialer {
  const { host } = listener.bound
  const dial = platform.createDialer({
    path: settings.path,
    protection: security.protection,
    gate,
    ...(isWildcard(host) ? {} : { localHost: host }),
  })
  if (security.secured) return dial
  return (address, connectTimeoutMs, handlers) => {
    if (isLoopback(parseAddress(address)?.host ?? '')) return dial(address, connectTimeoutMs, handlers)
    log.about('warn', 'not-dialed', address, notDialedText(address))
    queueMicrotask(() => handlers.failed('other'))
    return { abandon: () => {} }
  }
}

function notDialedText(address: string): string {
  return `${address} is not dialed: it is not a loopback address, and the security option is not given`
}

/** Metadata of one member as the application wants it; without a parser, as it came. */
function metadataParser<M>(
  parse: ((value: unknown) => M) | undefined,
  log: PeerLog,
): (value: unknown, member: CoreMember) => M | undefined {
  return (value, member) => {
    if (parse === undefined || value === undefined) return value as M | undefined
    try {
      return parse(value)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const text = `metadata of ${member.name} could not be parsed: ${reason}`
      log.about('warn', 'metadata', member.name, text, { err: error })
      return undefined
    }
  }
}
