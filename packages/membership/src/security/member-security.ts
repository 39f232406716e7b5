// Puts together how one member is secured: its choice, and what it finds where nothing was chosen.
import { KeyFileError, TokenError } from '../errors.ts'
import type { PeerLog } from '../shell/log.ts'
import type { Platform } from '../shell/platform.ts'
import type { SecurityChoice } from './check-security.ts'
import { within } from './deadline.ts'
import { parseKeyFile } from './key-file.ts'
import { readKeyFile } from './key-file-watch.ts'
import { MemberCertificates } from './member-certificates.ts'
import { DEFAULT_KEY_FILE } from './options.ts'
import { ownToken } from './own-token.ts'
import type { Protection } from './protection.ts'
import { SharedKeys } from './shared-keys.ts'
import type { TokenIdentity } from './token-option.ts'

/** How a member is secured. */
export interface MemberSecurity {
  /** Something was chosen: it may be reached from other machines. */
  readonly secured: boolean
  /** Undefined: connections are plain. */
  readonly protection?: Protection
  readonly keys?: SharedKeys
  readonly certificates?: MemberCertificates
  /** Members show each other tokens. */
  readonly token?: TokenIdentity | undefined
  /** Says who is told when other credentials count. */
  onChange(run: () => void): void
  /** Follows no file any more. */
  stop(): void
}

/** How long the token may take at the start. */
const FIRST_TOKEN_MS = 10_000

const nothingToFollow = { onChange: () => {}, stop: () => {} }

/** Reads what there is to be read. @throws KeyFileError, CertificateError, TokenError */
export async function openSecurity(
  choice: SecurityChoice,
  memberName: string,
  platform: Platform,
  log: PeerLog,
): Promise<MemberSecurity> {
  const token = 'token' in choice ? choice.token : undefined
  // One that cannot be read now is told at once, and not by links that do not open.
  if (token !== undefined) await firstToken(token, platform)
  const opened = await openChoice(choice, memberName, platform, log)
  return token === undefined ? opened : { ...opened, token }
}

async function firstToken({ read }: TokenIdentity, platform: Platform): Promise<void> {
  try {
    const deadline = { platform, timeoutMs: FIRST_TOKEN_MS, what: 'token.read' }
    await within(deadline, () => ownToken(read, platform))
  } catch (error) {
    throw new TokenError(error as Error)
  }
}

async function openChoice(
  choice: SecurityChoice,
  memberName: string,
  platform: Platform,
  log: PeerLog,
): Promise<MemberSecurity> {
  switch (choice.type) {
    case 'none':
      return { secured: true, ...nothingToFollow }
    case 'keys':
      return withKeys(new SharedKeys(choice.keys))
    case 'key-file':
      return fromFile(choice.path, platform, log)
    case 'certificates': {
      const { verify } = choice.token ?? {}
      const mayShowNone = verify !== undefined && verify !== 'not-yet'
      const chosen = { ...choice, memberName, mayShowNone }
      return withCertificates(await MemberCertificates.open(chosen, { platform, log }))
    }
    case 'unset':
      return (
        (choice.looksForKeys ? await fromDefaultFile(platform, log) : undefined) ?? {
          secured: false,
          ...nothingToFollow,
        }
      )
  }
}

/** Undefined where there is no such file; one that is there and cannot be used is an error. */
async function fromDefaultFile(platform: Platform, log: PeerLog): Promise<MemberSecurity | undefined> {
  try {
    return await fromFile(DEFAULT_KEY_FILE, platform, log)
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

async function fromFile(path: string, platform: Platform, log: PeerLog): Promise<MemberSecurity> {
  const text = await readKeyFile(path, platform.readTextFile)
  if (text instanceof KeyFileError) throw text
  const keys = new SharedKeys(parseKeyFile(path, text))
  keys.follow({ path, text }, { read: platform.readTextFile, timers: platform, log })
  return withKeys(keys)
}

function withKeys(keys: SharedKeys): MemberSecurity {
  return {
    ...{ secured: true, protection: keys.protection, keys },
    onChange: (run) => {
      keys.onChange = run
    },
    stop: () => keys.stop(),
  }
}

function withCertificates(certificates: MemberCertificates): MemberSecurity {
  return {
    ...{ secured: true, protection: certificates.protection, certificates },
    onChange: (run) => {
      certificates.onChange = run
    },
    stop: () => certificates.stop(),
  }
}
