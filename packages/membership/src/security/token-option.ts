// The `token` option: by what a platform tells its workloads apart.
import { isAbsolute } from 'node:path'
import { OptionError, unsaid } from '../errors.ts'
import { checkNames } from '../shell/option-checks.ts'

/** Who shows a token, as its hello says; only the token can prove it. */
export interface TokenBearer {
  /** The name that it wants to be known by. */
  readonly name: string
  /** The ids of this member's own cluster: the audiences that a token may have been made for. */
  readonly clusterIds: readonly string[]
  /** The IP address that the connection comes from or goes to. */
  readonly remoteAddress: string
  /** Aborted once nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/**
 * Says whether a token proves its bearer: `true` lets it in. Anything else, an error and no answer within two fifths of
 * `helloTimeoutMs` (2 s) refuse it. What it throws is logged, the token taken out.
 */
export type TokenVerifier = (token: string, bearer: TokenBearer) => boolean | Promise<boolean>

/**
 * Has members prove themselves by a token of their platform, such as a projected token of a Kubernetes ServiceAccount.
 * Each shows one at the start of every link, and nothing that it says counts until the other's verifier has taken it.
 */
export interface TokenIdentity {
  /**
   * The absolute path of a file that holds the token, or a function that gives it. Read anew for each link, so that the
   * platform may replace it. At most 16 KiB. Of what the function throws only the name and code are told.
   */
  readonly read: string | (() => string | Promise<string>)
  /** Whom to let in. `'not-yet'`: everybody, the first of two rollouts in a cluster whose members show no tokens so far. */
  readonly verify: TokenVerifier | 'not-yet'
}

/** @throws OptionError */
export function checkToken(option: string, token: unknown): TokenIdentity {
  checkNames(`${option}.`, token, ['read', 'verify'])
  const { read, verify } = token as Partial<TokenIdentity>
  // Text that is no path may be the token itself, and would get into the system's error.
  if (typeof read !== 'function' && (typeof read !== 'string' || !isAbsolute(read))) {
    const wanted = 'the absolute path of a file, or a function that gives the token'
    throw new OptionError(`${option}.read`, wanted, unsaid(read))
  }
  if (typeof verify !== 'function' && verify !== 'not-yet') {
    throw new OptionError(
      `${option}.verify`,
      "a function that says whether a token is good, or 'not-yet'",
      unsaid(verify),
    )
  }
  return { read, verify }
}
