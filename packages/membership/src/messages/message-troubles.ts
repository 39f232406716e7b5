// Messages that come to nothing here. Nobody learns of it at the other side, so it is logged and counted.
import type { PeerLog } from '../shell/log.ts'
import type { Peer } from './peer.ts'
import { reasonOf } from './thrown.ts'

/** What troubles need. */
export interface TroublesParts {
  readonly log: PeerLog
  /** Adds to a counter of `diagnosis()`. */
  readonly count: (name: 'dropped-messages' | 'failed-messages') => void
}

export class MessageTroubles {
  readonly #log: PeerLog
  readonly #count: TroublesParts['count']

  constructor({ log, count }: TroublesParts) {
    this.#log = log
    this.#count = count
  }

  /** It did not reach a handler. */
  dropped(peer: Peer, topic: string, why: string): void {
    this.#drop('dropped-message', peer, topic, why)
  }

  /** Nobody serves its topic. A kind of its own in the log: there is no end to such topics. */
  unserved(peer: Peer, topic: string): void {
    this.#drop('unserved-message', peer, topic, 'unknown-topic')
  }

  /** Its handler threw. */
  failed({ member: { name } }: Peer, topic: string, err: unknown): void {
    this.#count('failed-messages')
    const text = `the handler of ${topic} failed on a message from ${name}: ${reasonOf(err)}`
    this.#log.about('error', 'failed-message', name, text, { topic, err })
  }

  #drop(kind: string, { member: { name } }: Peer, topic: string, why: string): void {
    this.#count('dropped-messages')
    this.#log.about('warn', kind, name, `message from ${name} on ${topic} dropped: ${why}`, { topic })
  }
}
