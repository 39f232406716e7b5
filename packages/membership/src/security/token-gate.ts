// Between connections and links where members prove themselves by tokens: the hello of a peer goes no further, and nothing
// more is read of it, before its token has been found good. The side that dialed shows its token first, for TLS has told
// it whom it talks to; the other shows its own only to a peer whose token was good.
import { CloseCode } from '../core/close-code.ts'
import { type ClusterIds, isSameCluster, showClusterIds } from '../core/cluster-ids.ts'
import type { Millis } from '../core/identity.ts'
import type { DialFailure } from '../core/input.ts'
import { canonicalIp } from '../shell/address.ts'
import type { Connection } from '../shell/connection.ts'
import { type HelloFault, helloFaults } from '../shell/hello-fault.ts'
import type { Platform } from '../shell/platform.ts'
import { type Deadline, within } from './deadline.ts'
import { errorTextWithout } from './error-text.ts'
import { GatedConnection } from './gated-connection.ts'
import { readHello } from './hello-token.ts'
import { ownToken } from './own-token.ts'
import type { TokenIdentity } from './token-option.ts'

/** What a gate needs. */
export interface TokenGateOptions {
  readonly token: TokenIdentity
  readonly ids: ClusterIds
  readonly platform: Pick<Platform, 'setTimer' | 'clearTimer' | 'later' | 'readTextFile'>
  /** As in the protocol: both ends together have so long to look at each other's tokens. */
  readonly helloTimeoutMs: Millis
  /** A connection that came in was turned away; by the name of its counter. */
  readonly refused: (counter: string, remote: string, detail: string) => void
  /** Our own token could not be read, and a link not opened. */
  readonly unreadable: (problem: Error) => void
}

/** A dial whose connection stands, while our token is being read. */
export interface GatedDial {
  opened(connection: Connection): void
  failed(why: DialFailure): void
}

/** One link may wait twice for so long, for both ends look at a token, and the core waits for `helloTimeoutMs`. */
const SHARE_OF_HELLO_TIMEOUT = 0.4

interface Refusal {
  readonly fault: HelloFault
  readonly detail: string
}

export class TokenGate {
  /** Why our own token could not be read last. */
  problem: string | undefined
  readonly #options: TokenGateOptions
  readonly #timeoutMs: Millis
  readonly #ended = new AbortController()
  /** Connections that came in and have not said a good hello. */
  readonly #waiting = new Set<GatedConnection>()

  constructor(options: TokenGateOptions) {
    this.#options = options
    this.#timeoutMs = Math.ceil(options.helloTimeoutMs * SHARE_OF_HELLO_TIMEOUT)
  }

  /**
   * A connection has come in: `opened` is called once its hello has been found good. For how long it may say nothing is up
   * to whoever has accepted it.
   */
  accept(connection: Connection, opened: (connection: Connection) => void): void {
    const { remote } = connection
    const done = () => this.#waiting.delete(gated)
    const refuse = ({ fault, detail }: Refusal) => {
      if (!done()) return
      const { code, counter, tells } = helloFaults[fault]
      this.#options.refused(counter, remote, detail)
      gated.close(code, tells ?? detail)
    }
    const welcome = async (frame: Uint8Array) => {
      const refusal = await this.#look(frame, remote)
      if (refusal !== undefined) {
        refuse(refusal)
        return
      }
      const token = await this.#ownToken()
      if (!done() || !gated.isOpen) return
      if (token === undefined) {
        gated.close(CloseCode.unverified, 'no token here')
        return
      }
      gated.show(token)
      opened(gated)
      gated.pass()
    }
    const gated: GatedConnection = new GatedConnection(connection, {
      came: (frame) => void welcome(frame).catch(() => gated.terminate()),
      breach: (breach, detail) => {
        const fault = breach === 'unverified' || breach === 'wrong-cluster' ? breach : 'bad-hello'
        refuse({ fault, detail })
      },
      ended: done,
    })
    this.#waiting.add(gated)
  }

  /** Whether others have to prove themselves. */
  get verifies(): boolean {
    return this.#options.token.verify !== 'not-yet'
  }

  /** A connection that we have made stands: our hello goes over it with our token, and theirs is looked at. */
  dial(connection: Connection, { opened, failed }: GatedDial): { abandon(): void } {
    let state: 'reading' | 'given up' | 'open' = 'reading'
    const giveUp = () => {
      if (state !== 'reading') return
      state = 'given up'
      connection.terminate()
      failed('other')
    }
    const meet = async (frame: Uint8Array) => {
      const refusal = await this.#look(frame, connection.remote)
      if (this.#ended.signal.aborted) return
      if (refusal === undefined) await opening
      if (refusal === undefined) gated.pass()
      else gated.refuse(refusal.fault, refusal.detail)
    }
    const gated: GatedConnection = new GatedConnection(connection, {
      came: (frame) => void meet(frame).catch(() => gated.terminate()),
      breach: giveUp,
      ended: giveUp,
    })
    const open = async () => {
      const token = await this.#ownToken()
      if (token === undefined) giveUp()
      if (state !== 'reading') return
      state = 'open'
      gated.show(token as string)
      opened(gated)
    }
    // A peer that looks at no tokens says hello at once, which may be before ours has been read.
    const opening = open()
    void opening.catch(() => gated.terminate())
    return { abandon: giveUp }
  }

  /** Nobody is waited for any more. */
  close(): void {
    this.#ended.abort()
    for (const gated of this.#waiting) gated.terminate()
    this.#waiting.clear()
  }

  #deadline(what: string): Deadline {
    const { platform } = this.#options
    return { platform, timeoutMs: this.#timeoutMs, what, ended: this.#ended.signal }
  }

  async #ownToken(): Promise<string | undefined> {
    const { token, unreadable, platform } = this.#options
    try {
      const own = await within(this.#deadline('token.read'), () => ownToken(token.read, platform))
      this.problem = undefined
      return own
    } catch (error) {
      if (this.#ended.signal.aborted) return undefined
      const problem = error as Error
      this.problem = problem.message
      unreadable(problem)
      return undefined
    }
  }

  /** What is wrong with the hello of a peer, if anything. Never rejects. */
  async #look(frame: Uint8Array, remote: string): Promise<Refusal | undefined> {
    const { ids, token: identity } = this.#options
    const read = readHello(frame)
    if (!('hello' in read)) {
      const detail = read.type === 'unknown-frame' ? 'no hello first' : read.detail
      return { fault: 'bad-hello', detail }
    }
    const { hello, token } = read
    if (!isSameCluster(hello, ids)) {
      const detail = `peer belongs to cluster ${showClusterIds(hello)}, this is ${showClusterIds(ids)}`
      return { fault: 'wrong-cluster', detail }
    }
    if (identity.verify === 'not-yet') return undefined
    const { name } = hello.self
    if (token === undefined) return { fault: 'unverified', detail: `${name} shows no token` }
    const why = await this.#verify(token, name, remote)
    return why === undefined ? undefined : { fault: 'unverified', detail: why }
  }

  /** Why a token does not prove its bearer. */
  async #verify(token: string, name: string, remote: string): Promise<string | undefined> {
    const { token: identity, ids } = this.#options
    const { verify } = identity
    if (verify === 'not-yet') return undefined
    const bearer = {
      name,
      clusterIds: [ids.clusterId, ...(ids.alsoClusterIds ?? [])],
      remoteAddress: canonicalIp(remote) ?? remote,
    }
    try {
      const isGood: unknown = await within(this.#deadline('token.verify'), (signal) =>
        verify(token, { ...bearer, signal }),
      )
      return isGood === true ? undefined : `the token of ${name} was not accepted`
    } catch (error) {
      return `the token of ${name} was not accepted: ${errorTextWithout(token, error)}`
    }
  }
}
