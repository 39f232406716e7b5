// A topic is a value that both sides share: its name, what is sent and what is received, in both directions. What comes
// from another process is `unknown` until a validator has looked at it.
import { OptionError } from '../errors.ts'
import { checkNames } from '../shell/option-checks.ts'
import { MAX_TOPIC_BYTES } from './session.ts'

/** Turns a received body into what the application works with, or throws. Called synchronously. */
export type Validate<T> = (body: unknown) => T

/** Carries types only; no such field exists. */
declare const types: unique symbol

/**
 * A topic whose requests have one answer, made by `topic()`. `Req` and `Res` are what the requester and the handler
 * send; `ReceivedReq` and `ReceivedRes` what they receive: `unknown` where there is no validator.
 */
export interface Topic<Req = unknown, Res = unknown, ReceivedReq = unknown, ReceivedRes = unknown> {
  /** The kind of topic. */
  readonly type: 'topic'
  /** As given. */
  readonly name: string
  /** Looks at what a handler receives. */
  readonly validate: Validate<ReceivedReq> | undefined
  /** Looks at what a requester receives. */
  readonly validateResponse: Validate<ReceivedRes> | undefined
  readonly [types]?: (request: Req, response: Res) => void
}

/** A topic whose requests are answered by a stream of chunks, made by `streamTopic()`. */
export interface StreamTopic<Req = unknown, ReceivedReq = unknown> {
  /** The kind of topic. */
  readonly type: 'stream-topic'
  /** As given. */
  readonly name: string
  /** Looks at what a handler receives. */
  readonly validate: Validate<ReceivedReq> | undefined
  readonly [types]?: (request: Req) => void
}

/**
 * Makes a topic: `const get = topic<Get, Value>('cache.get', { validate: parseGet, validateResponse: parseValue })`.
 * Without `validate` a handler receives `unknown`, without `validateResponse` a requester does; a validator that throws
 * makes it InvalidBodyError. The name has 1 to 255 bytes of UTF-8, and means the same to every member.
 *
 * @throws OptionError
 */
export function topic<Req, Res>(
  name: string,
  options: { readonly validate: Validate<Req>; readonly validateResponse: Validate<Res> },
): Topic<Req, Res, Req, Res>
export function topic<Req, Res = unknown>(
  name: string,
  options: { readonly validate: Validate<Req>; readonly validateResponse?: undefined },
): Topic<Req, Res, Req, unknown>
export function topic<Req, Res>(
  name: string,
  options: { readonly validate?: undefined; readonly validateResponse: Validate<Res> },
): Topic<Req, Res, unknown, Res>
export function topic<Req = unknown, Res = unknown>(
  name: string,
  options?: { readonly validate?: undefined; readonly validateResponse?: undefined },
): Topic<Req, Res, unknown, unknown>
export function topic(
  name: string,
  options: {
    readonly validate?: Validate<unknown> | undefined
    readonly validateResponse?: Validate<unknown> | undefined
  } = {},
): Topic {
  checkNames('', options, ['validate', 'validateResponse'])
  const { validate, validateResponse } = options
  checkValidator('validate', validate)
  checkValidator('validateResponse', validateResponse)
  return Object.freeze({ type: 'topic', name: checkName(name), validate, validateResponse })
}

/**
 * Makes a topic for bulk: its handler gives an async iterable of chunks, which `cluster.stream()` reads. As for
 * `topic()`, without `validate` the handler receives `unknown`.
 *
 * @throws OptionError
 */
export function streamTopic<Req>(
  name: string,
  options: { readonly validate: Validate<Req> },
): StreamTopic<Req, Req>
export function streamTopic<Req = unknown>(
  name: string,
  options?: { readonly validate?: undefined },
): StreamTopic<Req, unknown>
export function streamTopic(
  name: string,
  options: { readonly validate?: Validate<unknown> | undefined } = {},
): StreamTopic {
  checkNames('', options, ['validate'])
  checkValidator('validate', options.validate)
  return Object.freeze({ type: 'stream-topic', name: checkName(name), validate: options.validate })
}

/** Topics that have been looked at. */
const known = new WeakSet<object>()

/** Whether it is what `topic()` or `streamTopic()` make, be it those of another copy of this package. Never throws. */
export function isTopic(value: unknown): value is Topic | StreamTopic {
  if (typeof value !== 'object' || value === null) return false
  if (known.has(value)) return true
  try {
    // What cannot change is looked at once.
    if (!Object.isFrozen(value) || !looksLikeTopic(value)) return false
  } catch {
    // A proxy that lets nobody look.
    return false
  }
  known.add(value)
  return true
}

function looksLikeTopic(value: object): boolean {
  // A getter may answer otherwise the next time.
  const field = (name: string): unknown => Object.getOwnPropertyDescriptor(value, name)?.value
  const validators = [field('validate'), field('validateResponse')]
  return (
    ['topic', 'stream-topic'].includes(field('type') as string) &&
    isName(field('name')) &&
    validators.every((validator) => validator === undefined || typeof validator === 'function')
  )
}

function isName(name: unknown): name is string {
  if (typeof name !== 'string') return false
  const bytes = Buffer.byteLength(name)
  return bytes > 0 && bytes <= MAX_TOPIC_BYTES
}

function checkName(name: unknown): string {
  if (isName(name)) return name
  throw new OptionError('name', `a string of 1 to ${MAX_TOPIC_BYTES} bytes in UTF-8`, name)
}

function checkValidator(option: string, validate: unknown): void {
  if (validate === undefined || typeof validate === 'function') return
  throw new OptionError(option, 'a function of the received body', validate)
}

/** What a validator makes of a received body; without one, the body. Throws what the validator throws. */
export function validated<T>(validate: Validate<T> | undefined, body: unknown): unknown {
  if (validate === undefined) return body
  const value: unknown = validate(body)
  if (!(value instanceof Promise)) return value
  value.catch(() => {})
  throw new TypeError('the validator returns a promise; it must answer at once')
}
