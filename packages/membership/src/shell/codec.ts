// Messages to binary frames and back. A frame is one MessagePack array, the kind's number first, then the fields by
// position; further elements are ignored, so that later versions may append. Whatever a peer sends, decoding
// returns; only checked shapes get to the core.
import { Packr } from 'msgpackr/pack'
import { clusterIds } from '../core/cluster-ids.ts'
import type { Message } from '../core/message.ts'
import { isPlainMsgpack } from './msgpack-scan.ts'
import { factFromWire, factToWire, lifeToWire, trimmed } from './wire-fact.ts'
import { bad, FieldError, flag, life, list, memberName, text, tuple, viewHash, whole } from './wire-fields.ts'
import { wireLimits } from './wire-limits.ts'

/** What became of a frame. */
export type DecodedFrame =
  | { readonly type: 'message'; readonly message: Message }
  /** Well formed, of a kind this version does not know. */
  | { readonly type: 'unknown-frame' }
  /** Not MessagePack, not plain values, or not the shape of its kind. */
  | { readonly type: 'bad-frame'; readonly detail: string }
  /** A limit of `wireLimits` is broken. */
  | { readonly type: 'too-large'; readonly detail: string }

/** The number of each kind on the wire. Never reused. */
const kinds = {
  hello: 1,
  ping: 2,
  ack: 3,
  'ping-request': 4,
  'indirect-ack': 5,
  updates: 6,
  gone: 7,
  veto: 8,
  digest: 9,
  delta: 10,
  want: 11,
  goodbye: 12,
  'goodbye-ack': 13,
  last: 14,
  standing: 15,
} as const satisfies Record<Message['type'], number>

const scanOptions = { maxDepth: wireLimits.frameDepth, maxValues: wireLimits.frameValues, maps: false }

const packr = new Packr({
  useRecords: false,
  int64AsType: 'number',
  moreTypes: false,
  structuredClone: false,
})

/**
 * The frames of a message: one, except where updates do not fit into one frame; then the rest follows in frames of
 * updates. Empty when even that is not possible (a digest of thousands of very long names).
 */
export function encodeFrames(message: Message): Uint8Array[] {
  const updates = 'updates' in message ? message.updates : []
  if (updates.length <= wireLimits.updates) {
    const frame = packr.pack([kinds[message.type], ...toWire(message)])
    if (frame.length <= wireLimits.frameBytes) return [frame]
  }
  if (updates.length < 2) return []
  const half = Math.ceil(updates.length / 2)
  const first = { ...message, updates: updates.slice(0, half) } as Message
  return [...encodeFrames(first), ...encodeFrames({ type: 'updates', updates: updates.slice(half) })]
}

/** Decodes and checks one frame. Never throws. */
export function decodeFrame(frame: Uint8Array): DecodedFrame {
  if (frame.length > wireLimits.frameBytes) return { type: 'too-large', detail: 'frame is over its limit' }
  if (!isPlainMsgpack(frame, scanOptions)) {
    return { type: 'bad-frame', detail: 'not plain MessagePack' }
  }
  try {
    const fields = tuple(packr.unpack(frame), 'frame')
    const message = fromWire(whole(fields[0], 'kind'), fields.slice(1))
    return message === undefined ? { type: 'unknown-frame' } : { type: 'message', message }
  } catch (error) {
    if (error instanceof FieldError) return { type: error.kind, detail: error.message }
    return { type: 'bad-frame', detail: 'not decodable' }
  }
}

function toWire(message: Message): unknown[] {
  switch (message.type) {
    case 'hello': {
      const { minVersion, maxVersion, clusterId, self, hash, meant, alsoClusterIds, renewal } = message
      const { high, low } = hash
      return trimmed([
        minVersion,
        maxVersion,
        clusterId,
        factToWire(self),
        high,
        low,
        meant ?? null,
        alsoClusterIds ?? null,
        renewal,
      ])
    }
    case 'ping':
    case 'ack': {
      const updates = message.updates.length === 0 ? null : message.updates.map(factToWire)
      return trimmed([message.seq, message.hash.high, message.hash.low, updates, message.exceptions])
    }
    case 'ping-request':
      return [message.seq, lifeToWire(message.target)]
    case 'indirect-ack':
      return [message.seq, message.ok]
    case 'updates':
      return [message.updates.map(factToWire)]
    case 'gone':
      return [lifeToWire(message.member), message.how === 'refused' ? 0 : 1]
    case 'veto':
      return [message.members.map(lifeToWire)]
    case 'digest':
      return [message.facts.map(factToWire)]
    case 'delta':
      return [message.updates.map(factToWire), message.wanted]
    case 'want':
      return [message.names]
    case 'goodbye':
      return [factToWire(message.self)]
    case 'standing':
      return [message.isMajority, message.guests, message.missed]
    case 'goodbye-ack':
    case 'last':
      return []
  }
}

function fromWire(kind: number, fields: readonly unknown[]): Message | undefined {
  switch (kind) {
    case kinds.hello:
      return helloFromWire(fields)
    case kinds.ping:
    case kinds.ack: {
      const [seq, high, low, updates, exceptions] = fields
      return {
        type: kind === kinds.ping ? 'ping' : 'ack',
        seq: whole(seq, 'seq'),
        hash: viewHash(high, low),
        updates: factList(updates),
        ...(exceptions === undefined || exceptions === null
          ? {}
          : { exceptions: nameList(exceptions, wireLimits.exceptions) }),
      }
    }
    case kinds['ping-request']:
      return { type: 'ping-request', seq: whole(fields[0], 'seq'), target: life(tuple(fields[1], 'target')) }
    case kinds['indirect-ack']:
      return { type: 'indirect-ack', seq: whole(fields[0], 'seq'), ok: flag(fields[1], 'ok') }
    case kinds.updates:
      return { type: 'updates', updates: factList(fields[0]) }
    case kinds.gone: {
      const how = whole(fields[1], 'how', 1) === 0 ? 'refused' : 'unreachable'
      return { type: 'gone', member: life(tuple(fields[0], 'member')), how }
    }
    case kinds.veto:
      return {
        type: 'veto',
        members: list(fields[0], 'members', wireLimits.vetoes, (member) => life(tuple(member, 'member'))),
      }
    case kinds.digest:
      return { type: 'digest', facts: factList(fields[0], wireLimits.digestFacts) }
    case kinds.delta:
      return { type: 'delta', updates: factList(fields[0]), wanted: nameList(fields[1]) }
    case kinds.want:
      return { type: 'want', names: nameList(fields[0]) }
    case kinds.goodbye:
      return { type: 'goodbye', self: factFromWire(fields[0]) }
    case kinds['goodbye-ack']:
      return { type: 'goodbye-ack' }
    case kinds.last:
      return { type: 'last' }
    case kinds.standing:
      return {
        type: 'standing',
        isMajority: flag(fields[0], 'isMajority'),
        guests: nameList(fields[1]),
        missed: nameList(fields[2]),
      }
    default:
      return undefined
  }
}

function helloFromWire(fields: readonly unknown[]): Message {
  const [minVersion, maxVersion, id, self, high, low, meant, also, renewal] = fields
  const fact = factFromWire(self)
  if (fact.record === undefined) bad('record')
  // Nobody says such a thing of itself.
  if (fact.state === 'suspect' || fact.state === 'failed') bad('state')
  return {
    type: 'hello',
    minVersion: whole(minVersion, 'minVersion', 0xffff),
    maxVersion: whole(maxVersion, 'maxVersion', 0xffff),
    ...clusterIds({
      clusterId: clusterId(id),
      alsoClusterIds: list(also, 'cluster ids', wireLimits.clusterIds, clusterId),
    }),
    self: fact,
    hash: viewHash(high, low),
    ...(meant === undefined || meant === null ? {} : { meant: memberName(meant) }),
    ...(renewal === undefined || renewal === null ? {} : { renewal: whole(renewal, 'renewal', 0xffff_ffff) }),
  }
}

function clusterId(value: unknown): string {
  return text(value, 'clusterId', wireLimits.nameBytes)
}

function factList(value: unknown, max: number = wireLimits.updates) {
  return list(value, 'facts', max, factFromWire)
}

function nameList(value: unknown, max: number = wireLimits.digestFacts) {
  return list(value, 'names', max, memberName)
}
