// The errors of messages between members. Where a handler may have run although its answer is not there, they say so
// in `mayHaveRun`: only the application knows whether it may ask again.
import { RollcallError } from './errors.ts'

/** Which body an error is about. */
export type BodyPart = 'request' | 'response' | 'chunk'

/** `ERR_ROLLCALL_UNKNOWN_MEMBER`: the view has no member of that name. Nothing was sent. */
export class UnknownMemberError extends RollcallError {
  /** The name given. */
  readonly member: string
  constructor(member: string) {
    super('ERR_ROLLCALL_UNKNOWN_MEMBER', `the view has no member ${JSON.stringify(member)}`)
    this.member = member
  }
}

/** `ERR_ROLLCALL_TO_SELF`: a message to this very member. Nothing was sent. */
export class ToSelfError extends RollcallError {
  /** The own name. */
  readonly member: string
  constructor(member: string) {
    super('ERR_ROLLCALL_TO_SELF', `${member} is this member itself: call your own function instead`)
    this.member = member
  }
}

/** How the life of a member ended. */
export type Gone = 'failed' | 'left' | 'restarted' | 'removed'

/** `ERR_ROLLCALL_MEMBER_GONE`: that life of the member has ended, as this view has it, before the call or during it. */
export class MemberGoneError extends RollcallError {
  /** Whose life it was, by name. */
  readonly member: string
  /** Of which life. */
  readonly instance: string
  /** `failed`; `left`; `restarted`: the name has another life; `removed`: it is no longer in the view. */
  readonly how: Gone
  /** Whether its handler may have run. */
  readonly mayHaveRun: boolean
  constructor(member: string, instance: string, how: Gone, mayHaveRun: boolean) {
    super('ERR_ROLLCALL_MEMBER_GONE', `${member} (${instance}) is gone: ${how}${mayHave(mayHaveRun)}`)
    this.member = member
    this.instance = instance
    this.how = how
    this.mayHaveRun = mayHaveRun
  }
}

/**
 * `ERR_ROLLCALL_UNREACHABLE`: the member is present, but there is no link to it; or the link broke while the request was
 * under way, and the member lives (then `mayHaveRun`).
 */
export class UnreachableError extends RollcallError {
  /** Who could not be reached, by name. */
  readonly member: string
  /** Whether its handler may have run. */
  readonly mayHaveRun: boolean
  constructor(member: string, mayHaveRun: boolean) {
    const what = mayHaveRun ? `the link to ${member} broke while under way` : `there is no link to ${member}`
    super('ERR_ROLLCALL_UNREACHABLE', `${what}${mayHave(mayHaveRun)}`)
    this.member = member
    this.mayHaveRun = mayHaveRun
  }
}

/**
 * `ERR_ROLLCALL_REQUEST_TIMEOUT`: no answer within `timeoutMs`; `member` is the other side. That has been told to stop; in a
 * handler it is what the signal says.
 */
export class RequestTimeoutError extends RollcallError {
  /** The other side, by name. */
  readonly member: string
  /** The name of the topic. */
  readonly topic: string
  /** How long the request was given. */
  readonly timeoutMs: number
  /** Its handler may have run. */
  readonly mayHaveRun = true
  constructor(member: string, topic: string, timeoutMs: number) {
    super(
      'ERR_ROLLCALL_REQUEST_TIMEOUT',
      `a request on ${topic}, between ${member} and us, had no answer within ${timeoutMs} ms`,
    )
    this.member = member
    this.topic = topic
    this.timeoutMs = timeoutMs
  }
}

/**
 * `ERR_ROLLCALL_BACKPRESSURE`: more is under way than may be. `at: 'sender'`: too much waits here for the link, or too
 * many streams are open; nothing was sent. `at: 'receiver'`: the member has too many requests in service, or its answer
 * found no room (then `mayHaveRun`).
 */
export class BackpressureError extends RollcallError {
  /** To whom it was to go, by name. */
  readonly member: string
  /** Where more is under way than may be: here, or at the member. */
  readonly at: 'sender' | 'receiver'
  /** Whether its handler may have run. */
  readonly mayHaveRun: boolean
  constructor(member: string, at: 'sender' | 'receiver', why: string, mayHaveRun = false) {
    super('ERR_ROLLCALL_BACKPRESSURE', `${member}: ${why}${mayHave(mayHaveRun)}`)
    this.member = member
    this.at = at
    this.mayHaveRun = mayHaveRun
  }
}

/** `ERR_ROLLCALL_BODY_TYPE`: a body holds something that is not plain data. Of a response: its handler has run. */
export class BodyTypeError extends RollcallError {
  /** Which body. */
  readonly part: BodyPart
  /** Where, such as `body.items[3]`. */
  readonly path: string
  /** Whose handler answered with it; undefined for a body that was given here, of which nothing was sent. */
  readonly member: string | undefined
  constructor(part: BodyPart, path: string, message: string, options?: ErrorOptions & { member?: string }) {
    super('ERR_ROLLCALL_BODY_TYPE', message, options)
    this.part = part
    this.path = path
    this.member = options?.member
  }
}

/** `ERR_ROLLCALL_BODY_TOO_LARGE`: an encoded body is over the limit; use a stream. Of a response: its handler has run. */
export class BodyTooLargeError extends RollcallError {
  /** Which body. */
  readonly part: BodyPart
  /** What it has, encoded. */
  readonly bytes: number
  /** The most it may have. */
  readonly maxBytes: number
  /** Whose handler answered with it; undefined for a body that was given here, of which nothing was sent. */
  readonly member: string | undefined
  constructor(part: BodyPart, bytes: number, maxBytes: number, member?: string) {
    const what = member === undefined ? `the ${part}` : `the ${part} of ${member}`
    super('ERR_ROLLCALL_BODY_TOO_LARGE', `${what} is ${bytes} bytes encoded, the limit is ${maxBytes}`)
    this.part = part
    this.bytes = bytes
    this.maxBytes = maxBytes
    this.member = member
  }
}

/**
 * `ERR_ROLLCALL_INVALID_BODY`: the validator of the topic refused what was received. Of a request it refused there, and
 * the handler did not run; of a response here (`cause` is what it threw), and the handler has run.
 */
export class InvalidBodyError extends RollcallError {
  /** Who was asked. */
  readonly member: string
  /** The name of the topic. */
  readonly topic: string
  /** Which body. */
  readonly part: 'request' | 'response'
  constructor(
    member: string,
    topic: string,
    part: 'request' | 'response',
    why: string,
    options?: ErrorOptions,
  ) {
    const what = {
      request: `${member} refused the request on ${topic}: ${why}`,
      response: `the response of ${member} on ${topic} was refused: ${why}`,
    }
    super('ERR_ROLLCALL_INVALID_BODY', what[part], options)
    this.member = member
    this.topic = topic
    this.part = part
  }
}

/** `ERR_ROLLCALL_UNKNOWN_TOPIC`: the member serves no such topic, or not as the kind of topic that was asked. */
export class UnknownTopicError extends RollcallError {
  /** Who was asked, by name. */
  readonly member: string
  /** The name of the topic. */
  readonly topic: string
  /** As what the member serves it, when that is the other kind; undefined when it does not serve it at all. */
  readonly servedAs: 'topic' | 'stream-topic' | undefined
  constructor(member: string, topic: string, servedAs?: 'topic' | 'stream-topic') {
    const what = {
      none: `${member} does not serve ${topic}`,
      topic: `${member} serves ${topic} as a topic(), which has no stream: use request()`,
      'stream-topic': `${member} serves ${topic} as a streamTopic(): use stream()`,
    }
    super('ERR_ROLLCALL_UNKNOWN_TOPIC', what[servedAs ?? 'none'])
    this.member = member
    this.topic = topic
    this.servedAs = servedAs
  }
}

/** `ERR_ROLLCALL_TOPIC_IN_USE`: this cluster object serves a topic of that name already. */
export class TopicInUseError extends RollcallError {
  /** The name of the topic. */
  readonly topic: string
  constructor(topic: string) {
    super('ERR_ROLLCALL_TOPIC_IN_USE', `the topic ${topic} has a handler already`)
    this.topic = topic
  }
}

/** What a handler threw, as the requester learns of it. */
export interface RemoteFailure {
  /** The error's name. */
  readonly remoteName: string
  /** Its own code, if that was a string. */
  readonly remoteCode: string | undefined
  /** The details of a HandlerError; unchecked. */
  readonly details: unknown
}

/** `ERR_ROLLCALL_REMOTE`: the handler threw. `message` is that of its error; its stack stays where it is. */
export class RemoteError extends RollcallError {
  /** Whose handler it was, by name. */
  readonly member: string
  /** The name of the topic. */
  readonly topic: string
  /** The name of the error that was thrown, such as `TypeError`. */
  readonly remoteName: string
  /** The `code` of the error that was thrown, if it was a string. */
  readonly remoteCode: string | undefined
  /** The `details` of a HandlerError, unchecked. */
  readonly details: unknown
  constructor(member: string, topic: string, message: string, failure: RemoteFailure) {
    super('ERR_ROLLCALL_REMOTE', message)
    this.member = member
    this.topic = topic
    this.remoteName = failure.remoteName
    this.remoteCode = failure.remoteCode
    this.details = failure.details
  }
}

/** `ERR_ROLLCALL_INCOMPLETE_STREAM`: the source of the chunks failed at the other side; what was read is not all. */
export class IncompleteStreamError extends RollcallError {
  /** From whom the chunks came, by name. */
  readonly member: string
  constructor(member: string) {
    super('ERR_ROLLCALL_INCOMPLETE_STREAM', `the stream from ${member} ended before it was whole`)
    this.member = member
  }
}

/** `ERR_ROLLCALL_CANCELLED`: the reason of a handler's `signal` once the requester wants no answer any more. */
export class CancelledError extends RollcallError {
  /** Who wants no answer any more, by name. */
  readonly member: string
  constructor(member: string) {
    super('ERR_ROLLCALL_CANCELLED', `${member} wants no answer any more`)
    this.member = member
  }
}

/**
 * For handlers to throw: the requester gets a RemoteError with this code as `remoteCode`, the message, and the details,
 * which are plain data of at most 16 KiB encoded (else they are left out).
 */
export class HandlerError extends Error {
  /** The application's own code. */
  readonly code: string
  /** What the requester is to know beside it. */
  readonly details: unknown
  constructor(code: string, message: string, details?: unknown) {
    super(message)
    this.name = new.target.name
    this.code = code
    this.details = details
  }
}

function mayHave(run: boolean): string {
  return run ? '; the handler may have run' : ''
}
