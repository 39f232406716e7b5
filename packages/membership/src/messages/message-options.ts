// Checks of what the application gives to the calls for messages.
import { Kind, OptionError } from '../errors.ts'
import { checkNames, checkSignal } from '../shell/option-checks.ts'
import type { RequestOptions } from './api.ts'
import type { CallOptions } from './calls.ts'
import { isTopic, type StreamTopic, type Topic } from './topic.ts'

const DEFAULT_TIMEOUT_MS = 5000
const MAX_TIMEOUT_MS = 2 ** 31 - 1

const defaults: CallOptions = { timeoutMs: DEFAULT_TIMEOUT_MS, signal: undefined, chunks: undefined }

/** Options of a request, with defaults. @throws OptionError */
export function checkRequestOptions(options: RequestOptions | undefined): CallOptions {
  if (options === undefined) return defaults
  checkNames('', options, ['timeoutMs', 'signal', 'chunks'])
  const { signal, chunks } = options
  checkSignal(signal)
  if (chunks !== undefined && typeof chunks?.[Symbol.asyncIterator] !== 'function') {
    throw new OptionError('chunks', 'an AsyncIterable of Uint8Array, such as a Readable', chunks)
  }
  const { timeoutMs = chunks === undefined ? DEFAULT_TIMEOUT_MS : Number.POSITIVE_INFINITY } = options
  const isLimit = typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS
  if (!isLimit && timeoutMs !== Number.POSITIVE_INFINITY) {
    throw new OptionError(
      'timeoutMs',
      `milliseconds above 0, up to ${MAX_TIMEOUT_MS}, or Infinity`,
      timeoutMs,
    )
  }
  return { timeoutMs, signal, chunks }
}

/** The signal of options that have nothing else. @throws OptionError */
export function checkSignalOption(options: { readonly signal?: AbortSignal }): AbortSignal | undefined {
  checkNames('', options, ['signal'])
  checkSignal(options.signal)
  return options.signal
}

/** A topic of that kind, or of any. @throws OptionError */
export function checkTopic(topic: unknown, type?: (Topic | StreamTopic)['type']): Topic | StreamTopic {
  const isMade = isTopic(topic)
  if (isMade && (type === undefined || topic.type === type)) return topic
  const made =
    type === undefined ? 'topic() or streamTopic()' : type === 'topic' ? 'topic()' : 'streamTopic()'
  throw new OptionError('topic', `what ${made} has made`, isMade ? new Kind(`a ${topic.type}`) : topic)
}

/** A handler. @throws OptionError */
export function checkHandler<T>(handler: T): T {
  if (typeof handler === 'function') return handler
  throw new OptionError('handler', 'a function of the received body', handler)
}
