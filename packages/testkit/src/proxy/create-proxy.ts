// A TCP proxy in front of one process that plays faults: it freezes, delays, resets and cuts, and otherwise is as
// invisible as it can be. In particular it refuses connections while the process behind it does.
import type { Socket } from 'node:net'
import { OptionError } from '@rollcall/membership'
import type { FaultProxy, ProxyCounters } from './fault-proxy.ts'
import { cutFor, type Faults } from './faults.ts'
import { Gate, type GateState } from './gate.ts'
import {
  checkAddress,
  checkNumber,
  type Endpoint,
  type ProxyOptions,
  type ResolvedProxyOptions,
  resolveProxyOptions,
} from './options.ts'
import { Pair } from './pair.ts'
import { UpstreamWatch } from './upstream-watch.ts'

/**
 * Starts a proxy; resolves when it accepts connections, or refuses them because its upstream does.
 * Rejects with an `OptionError` for a bad option, a `ListenError` for an address that cannot be listened on.
 *
 * How well it refuses: a client that learns through the proxy that the upstream died can no longer connect by then.
 * One that dials by itself may still be accepted, and is then reset, in the time between the death and the moment
 * the proxy has seen it: about a millisecond, more on a busy machine. For the same reason the end of a connection to
 * an upstream that lives on is passed on 10 ms late. When the upstream listens again the proxy follows within `pollMs`,
 * or by `check`. The upstream sees one idle connection from the proxy, and a short one for each check.
 */
export async function createProxy(options: ProxyOptions): Promise<FaultProxy> {
  const proxy = new TcpProxy(options)
  await proxy.start()
  return proxy
}

class TcpProxy implements FaultProxy {
  readonly #options: ResolvedProxyOptions
  readonly #gate: Gate
  readonly #watch: UpstreamWatch
  readonly #pairs = new Set<Pair>()
  #faults: Faults = {}
  #connections = 0
  #bytesToUpstream = 0
  #bytesToClient = 0
  #closing: Promise<void> | undefined
  #allClosed: (() => void) | undefined

  constructor(options: ProxyOptions) {
    this.#options = resolveProxyOptions(options)
    this.#gate = new Gate(this.#options.listen, (socket) => this.#accepted(socket))
    this.#watch = new UpstreamWatch(this.#options, () => void this.#steer())
  }

  async start(): Promise<void> {
    await this.#gate.claim()
    await this.#watch.check()
    if (this.#watch.problem === 'EADDRNOTAVAIL') {
      await this.close()
      throw new OptionError('connectFrom', 'an address of this machine', this.#options.connectFrom)
    }
    await this.#steer()
  }

  get address(): Endpoint {
    return this.#gate.address
  }

  get faults(): Faults {
    return this.#faults
  }

  get state(): GateState {
    return this.#gate.state
  }

  get counters(): ProxyCounters {
    return {
      connections: this.#connections,
      open: this.#pairs.size,
      bytesToUpstream: this.#bytesToUpstream,
      bytesToClient: this.#bytesToClient,
    }
  }

  freeze(): void {
    this.#set({ ...this.#faults, frozen: true })
  }

  thaw(): void {
    const { frozen: _, ...faults } = this.#faults
    this.#set(faults)
  }

  delay(ms: number, jitterMs = 0, direction: 'to-upstream' | 'to-client' | 'both' = 'both'): void {
    checkNumber('ms', ms, 0)
    checkNumber('jitterMs', jitterMs, 0)
    const { delayToUpstream, delayToClient, ...faults } = this.#faults
    const given = ms > 0 || jitterMs > 0 ? { ms, jitterMs } : undefined
    const up = direction === 'to-client' ? delayToUpstream : given
    const down = direction === 'to-upstream' ? delayToClient : given
    this.#set({ ...faults, ...(up && { delayToUpstream: up }), ...(down && { delayToClient: down }) })
  }

  resetAll({ from }: { readonly from?: string } = {}): void {
    if (from !== undefined) checkAddress('from', from)
    for (const pair of [...this.#pairs]) {
      if (from === undefined || pair.clientAddress === from) pair.reset()
    }
  }

  async cut({ from, connects = 'hang' }: Parameters<FaultProxy['cut']>[0] = {}): Promise<void> {
    if (from === undefined) this.#set({ ...this.#faults, cut: { connects } })
    else {
      checkAddress('from', from)
      this.#set({ ...this.#faults, cutFrom: { ...this.#faults.cutFrom, [from]: { connects } } })
    }
    await this.#steer()
  }

  async rejoin({
    from,
    retransmission = 'backoff',
  }: Parameters<FaultProxy['rejoin']>[0] = {}): Promise<void> {
    const { cut, cutFrom, ...faults } = this.#faults
    const left = Object.entries(cutFrom ?? {}).filter(([address]) => from !== undefined && address !== from)
    const stillCut = left.length > 0 && { cutFrom: Object.fromEntries(left) }
    this.#set(
      { ...faults, ...(from !== undefined && cut && { cut }), ...stillCut },
      retransmission === 'backoff',
    )
    await this.#steer()
  }

  async check(): Promise<void> {
    await this.#watch.check()
    await this.#steer()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #set(faults: Faults, backoff = false): void {
    this.#faults = faults
    for (const pair of [...this.#pairs]) pair.faultsChanged(backoff)
  }

  /** Puts the gate into the state that the faults and the upstream call for; closing it happens within the call. */
  #steer(): Promise<void> {
    return this.#gate.become(this.#wantedState())
  }

  #wantedState(): GateState {
    if (this.#closing) return 'closed'
    const { cut } = this.#faults
    if (cut) return cut.connects === 'hang' ? 'parked' : 'closed'
    return this.#watch.listening === false ? 'closed' : 'open'
  }

  #accepted(socket: Socket): void {
    this.#connections += 1
    const pair = new Pair(socket, {
      options: this.#options,
      faults: () => this.#faults,
      passed: (direction, bytes) => {
        if (direction === 'to-upstream') this.#bytesToUpstream += bytes
        else this.#bytesToClient += bytes
      },
      recheck: () => this.#watch.check(),
      closed: (gone) => {
        this.#pairs.delete(gone)
        if (this.#pairs.size === 0) this.#allClosed?.()
      },
    })
    this.#pairs.add(pair)
    if (this.#closing) pair.destroy()
    else if (cutFor(this.#faults, pair.clientAddress)?.connects === 'refuse') pair.reset()
  }

  async #close(): Promise<void> {
    this.#watch.stop()
    for (const pair of [...this.#pairs]) pair.destroy()
    await this.#gate.become('closed')
    if (this.#pairs.size === 0) return
    await new Promise<void>((resolve) => {
      this.#allClosed = resolve
    })
  }
}
