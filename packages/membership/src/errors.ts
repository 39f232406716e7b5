// Every error this package gives to its user. Check them by `code`, which stays the same; messages may change.
import { dirname } from 'node:path'
import type { MemberState } from './core/fact.ts'
import { DEFAULT_KEY_FILE } from './security/options.ts'
import { UNTOLD } from './security/told-path.ts'

/** Base of all errors of Rollcall. */
export class RollcallError extends Error {
  /** Stable, starts with `ERR_ROLLCALL_`. */
  readonly code: string
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** `ERR_ROLLCALL_INVALID_OPTION`: an option has a value it cannot have, or no such option exists. Nothing was started. */
export class OptionError extends RollcallError {
  /** The option's name; nested ones with a dot. */
  readonly option: string
  /** What the option takes. */
  readonly expected: string
  /** What was given; of what may be a secret, or have one in it, only its kind, as text. */
  readonly value: unknown
  /** `value`: what was given, or a `Kind` of it. */
  constructor(option: string, expected: string, value: unknown) {
    const kind = Kind.textOf(value)
    super(
      'ERR_ROLLCALL_INVALID_OPTION',
      `option ${option}: expected ${expected}, got ${kind ?? shown(value)}`,
    )
    this.option = option
    this.expected = expected
    this.value = kind ?? value
  }
}

/**
 * `ERR_ROLLCALL_SECURITY_REQUIRED`: an address is not loopback, `security` was not given, and there is no key file at its
 * default path. The message has the lines to add. Nothing was started.
 */
export class SecurityRequiredError extends RollcallError {
  /** The address that is not loopback. */
  readonly address: string
  constructor(address: string) {
    super('ERR_ROLLCALL_SECURITY_REQUIRED', securityRequired(address))
    this.address = address
  }
}

/**
 * `ERR_ROLLCALL_KEY_FILE`: the file of shared keys could not be read, or is no such file. At the start nothing was started;
 * later it is only logged, and the keys stay as they were.
 */
export class KeyFileError extends RollcallError {
  /** The file. */
  readonly path: string
  /** `problem` never has a secret in it. */
  constructor(path: string, problem: string, cause?: unknown) {
    super(
      'ERR_ROLLCALL_KEY_FILE',
      `key file ${path === UNTOLD ? 'at ' : ''}${path}: ${problem}`,
      cause === undefined ? undefined : { cause },
    )
    this.path = path
  }
}

/**
 * `ERR_ROLLCALL_CERTIFICATE`: the certificate of this member, its key or its authorities could not be read, or do not fit
 * together. At the start nothing was started; later it is only logged, and what was there before stays.
 */
export class CertificateError extends RollcallError {
  /** Which of the three. */
  readonly part: 'cert' | 'key' | 'ca'
  /** The file; undefined where it was given as text, or cannot be read and may be a secret in the wrong place. */
  readonly path: string | undefined
  constructor(part: 'cert' | 'key' | 'ca', path: string | undefined, problem: string, cause?: unknown) {
    super(
      'ERR_ROLLCALL_CERTIFICATE',
      `security.certificates.${part}${path === undefined ? '' : ` (${path})`}: ${problem}`,
      cause === undefined ? undefined : { cause },
    )
    this.part = part
    this.path = path
  }
}

/**
 * `ERR_ROLLCALL_TOKEN`: the token of this member could not be read at its start; `cause` says why, but of what a function
 * threw only its name and code. Nothing was started.
 */
export class TokenError extends RollcallError {
  constructor(cause: Error) {
    super('ERR_ROLLCALL_TOKEN', `security.token.read: ${cause.message}`, { cause })
  }
}

/**
 * The port could not be opened: `ERR_ROLLCALL_PORT_IN_USE` (another has it, or the path on the given server),
 * `ERR_ROLLCALL_ADDRESS_NOT_OURS` (no interface of this machine has it), or `ERR_ROLLCALL_LISTEN` for anything else;
 * `cause` is the system's error. Nothing is left open.
 */
export class ListenError extends RollcallError {
  /** The address to listen on, as given; undefined for all. */
  readonly host: string | undefined
  /** The port, as given. */
  readonly port: number
  constructor(code: string, message: string, host: string | undefined, port: number, cause?: unknown) {
    super(code, message, cause === undefined ? undefined : { cause })
    this.host = host
    this.port = port
  }
}

/** `ERR_ROLLCALL_CLOSED`: the cluster was left, or this member was superseded, before the call or during it. */
export class ClosedError extends RollcallError {
  /** Why it is closed. */
  readonly reason: 'left' | 'superseded'
  constructor(reason: 'left' | 'superseded') {
    super('ERR_ROLLCALL_CLOSED', `this member is no longer in the cluster: ${reason}`)
    this.reason = reason
  }
}

/** `ERR_ROLLCALL_HANDOVER_TIMEOUT`: hooks of `beforeGoodbye` took too long; the reason of their signal, and never thrown. */
export class HandoverTimeoutError extends RollcallError {
  /** How long the goodbye has waited for them, in ms. */
  readonly timeoutMs: number
  constructor(timeoutMs: number) {
    super('ERR_ROLLCALL_HANDOVER_TIMEOUT', `the handover was not done within ${timeoutMs} ms`)
    this.timeoutMs = timeoutMs
  }
}

/**
 * A member that cannot be forgotten: `ERR_ROLLCALL_UNKNOWN_MEMBER` (no member of the view has that name), or
 * `ERR_ROLLCALL_MEMBER_PRESENT` (it is alive or suspect). Nothing has changed.
 */
export class ForgetError extends RollcallError {
  /** The name given. */
  readonly member: string
  /** Its state; undefined when it is unknown. */
  readonly state: MemberState | undefined
  constructor(member: string, state: MemberState | undefined) {
    const name = shown(member)
    if (state === undefined) super('ERR_ROLLCALL_UNKNOWN_MEMBER', `the view has no member ${name}`)
    else
      super(
        'ERR_ROLLCALL_MEMBER_PRESENT',
        `${name} is ${state}: only failed and left members can be forgotten`,
      )
    this.member = member
    this.state = state
  }
}

/** `ERR_ROLLCALL_METADATA_TOO_LARGE`: the encoded metadata is over the limit. The old metadata stays. */
export class MetadataTooLargeError extends RollcallError {
  /** What it has, encoded. */
  readonly bytes: number
  /** The most it may have. */
  readonly maxBytes: number
  constructor(bytes: number, maxBytes: number) {
    super('ERR_ROLLCALL_METADATA_TOO_LARGE', `metadata is ${bytes} bytes encoded, the limit is ${maxBytes}`)
    this.bytes = bytes
    this.maxBytes = maxBytes
  }
}

/** `ERR_ROLLCALL_METADATA_TYPE`: the metadata holds something that is not plain data. The old metadata stays. */
export class MetadataTypeError extends RollcallError {
  /** Where, such as `metadata.started`. */
  readonly path: string
  /** What may stand there. */
  readonly expected: string
  /** What was found there. */
  readonly value: unknown
  /** `cause`: what a getter threw, when that is what went wrong. */
  constructor(path: string, value: unknown, cause?: unknown) {
    const expected =
      'null, a boolean, number, string, Uint8Array, array or plain object without cycles and with ordinary keys'
    const got = cause === undefined ? shown(value) : 'a getter that throws'
    super(
      'ERR_ROLLCALL_METADATA_TYPE',
      `${path}: expected ${expected}, got ${got}`,
      cause === undefined ? undefined : { cause },
    )
    this.path = path
    this.expected = expected
    this.value = value
  }
}

/** What to do where something must protect the links. */
function securityRequired(address: string): string {
  return `option security must be given, because ${address} is not a loopback address. Share a secret that all members have:

  join({ …, security: { keys: [{ id: 'a', secret: process.env.CLUSTER_SECRET }] } })

where the secret is made by: openssl rand -base64 32

In Kubernetes leave the option out, and mount the secret where it is looked for, ${DEFAULT_KEY_FILE}:

  kubectl create secret generic rollcall --from-literal=keys="a $(openssl rand -base64 32)"

  volumeMounts: [{ name: rollcall, mountPath: ${dirname(DEFAULT_KEY_FILE)}, readOnly: true }]   # of the container
  volumes: [{ name: rollcall, secret: { secretName: rollcall } }]   # of the pod

Where nobody else can reach the port, security: 'none' says so.`
}

/** A value in a message: short, on one line, and never the contents of an object. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    if (Array.isArray(value)) return `an array of ${value.length}`
    const kind: unknown = value.constructor?.name
    return typeof kind === 'string' ? `an object (${kind})` : 'an object'
  } catch {
    // A proxy that lets nobody look.
    return 'an object'
  }
}

/** Stands for a value of which only the kind is told. */
export class Kind {
  readonly #text: string
  constructor(text: string) {
    this.#text = text
  }

  /** Undefined for what is none. Never throws. */
  static textOf(value: unknown): string | undefined {
    return typeof value === 'object' && value !== null && #text in value ? value.#text : undefined
  }
}

/** What may be told of a value that can be a secret, or have one in it: its kind. */
export function unsaid(value: unknown): unknown {
  if (value === undefined || value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return new Kind('text')
  return new Kind(typeof value === 'number' || typeof value === 'bigint' ? 'a number' : shown(value))
}
