// Bodies from other members, on their way to a handler: decoded, and checked by what its topic asks for.
import { decodeBody, notPlain } from './body.ts'
import type { Body } from './item.ts'
import { reasonOf } from './thrown.ts'
import { type StreamTopic, type Topic, validated } from './topic.ts'

/** Why a body does not reach its handler. */
export class Refusal {
  readonly why: string
  constructor(why: string) {
    this.why = why
  }
}

/** What a handler of the topic is given, or why it is not. */
export function bodyFor(topic: Topic | StreamTopic, body: Body): unknown {
  const value = decodeBody(body)
  if (value === notPlain) return new Refusal('it is no plain data')
  try {
    return validated(topic.validate, value)
  } catch (error) {
    return new Refusal(reasonOf(error))
  }
}
