// What a failed exchange says over the wire, and the error that the requester makes of it. Never a stack; always small.
import type { RollcallError } from '../errors.ts'
import {
  BackpressureError,
  BodyTooLargeError,
  BodyTypeError,
  HandlerError,
  InvalidBodyError,
  RemoteError,
  UnknownTopicError,
} from '../message-errors.ts'
import { decodeBody, encodeBody, noBody } from './body.ts'
import type { Body, ExchangeId, Failure } from './item.ts'
import { isObject, reasonOf } from './thrown.ts'
import type { StreamTopic, Topic } from './topic.ts'

const MAX_MESSAGE_CHARS = 2048
const MAX_NAME_CHARS = 256
const MAX_DETAILS_BYTES: number = 16 * 1024
/** What a peer says of a failure is not read when it is longer: the largest that is sent, and room to grow. */
const MAX_RECEIVED_BYTES: number = 4 * MAX_DETAILS_BYTES

/** The code of a failure that is the application's. */
const REMOTE = 'remote'

/** Failures of this package itself, by what stands in `code` on the wire. */
export type FailureCode =
  | 'unknown-topic'
  | 'invalid-body'
  | 'body-type'
  | 'body-too-large'
  /** Too much is in service; the handler did not run. */
  | 'busy'
  /** There was no room for the answer; the handler has run. */
  | 'no-room'

/** A failure that this package brings about. */
export function failure(id: ExchangeId, code: FailureCode, message = '', fields?: object): Failure {
  const body = fields === undefined ? noBody : encodeBody(fields, 'response')
  return { type: 'failure', id, code, message: cut(message, MAX_MESSAGE_CHARS), body }
}

/** The same in a few bytes, for want of room; what is about a handler that did not run stays so. */
export function shortened({ id, code }: Failure): Failure {
  return failure(id, code === 'invalid-body' || code === 'unknown-topic' ? code : 'no-room')
}

/** What to say of an answer that cannot be sent. */
export function failureOfAnswer(id: ExchangeId, error: BodyTypeError | BodyTooLargeError): Failure {
  return error instanceof BodyTypeError
    ? failure(id, 'body-type', error.message, { path: error.path, part: error.part })
    : failure(id, 'body-too-large', '', { bytes: error.bytes, maxBytes: error.maxBytes })
}

/** What to say of something that was thrown in place of a response. Takes anything, never throws. */
export function failureOf(id: ExchangeId, thrown: unknown): Failure {
  const message = cut(reasonOf(thrown), MAX_MESSAGE_CHARS)
  return { type: 'failure', id, code: REMOTE, message, body: isObject(thrown) ? bodyOf(thrown) : noBody }
}

function bodyOf(thrown: { readonly name?: unknown; readonly code?: unknown }): Body {
  try {
    const { name, code } = thrown
    const fields = { name: nameIn(name), code: nameIn(code) }
    return detailed(fields, thrown instanceof HandlerError ? thrown.details : undefined)
  } catch {
    // Getters that throw.
    return noBody
  }
}

function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' ? cut(value, MAX_NAME_CHARS) : undefined
}

/** With the details, unless they are too large or no plain data. */
function detailed(fields: object, details: unknown): Body {
  if (details !== undefined) {
    try {
      const body = encodeBody({ ...fields, details }, 'response')
      if (body.bytes.length <= MAX_DETAILS_BYTES) return body
    } catch {
      // Documented: details that cannot be sent are left out.
    }
  }
  return encodeBody(fields, 'response')
}

/** The error for the requester. What came is not trusted: anything unknown is a RemoteError. */
export function errorFrom(item: Failure, member: string, topic: string): RollcallError {
  const fields = fieldsOf(item.body)
  switch (item.code as FailureCode) {
    case 'unknown-topic':
      return new UnknownTopicError(member, topic, topicType(fields.servedAs))
    case 'invalid-body':
      return new InvalidBodyError(member, topic, 'request', item.message)
    case 'body-type':
      return new BodyTypeError(
        fields.part === 'chunk' ? 'chunk' : 'response',
        text(fields.path) ?? 'body',
        item.message,
        { member },
      )
    case 'body-too-large':
      return new BodyTooLargeError('response', number(fields.bytes), number(fields.maxBytes), member)
    case 'busy':
      return new BackpressureError(member, 'receiver', 'it has too many requests in service')
    case 'no-room':
      return new BackpressureError(member, 'receiver', 'its answer found no room', true)
    default:
      return new RemoteError(member, topic, item.message, {
        remoteName: text(fields.name) ?? (item.code === REMOTE ? 'Error' : item.code),
        remoteCode: text(fields.code),
        details: fields.details,
      })
  }
}

function fieldsOf(body: Body): { readonly [field: string]: unknown } {
  if (body.bytes.length > MAX_RECEIVED_BYTES) return {}
  const value = decodeBody(body)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function topicType(value: unknown): Topic['type'] | StreamTopic['type'] | undefined {
  return value === 'topic' || value === 'stream-topic' ? value : undefined
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN
}

function cut(value: string, maxChars: number): string {
  return value.length > maxChars ? `${value.slice(0, maxChars)}…` : value
}
