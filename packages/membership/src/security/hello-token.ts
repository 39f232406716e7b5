// The token in a hello: the last field of its frame. It is put in and taken out here, on the bytes, so that no token
// gets into a message of the protocol: not into the core, a log of its inputs, or what members tell each other.
import { Packr } from 'msgpackr/pack'
import type { Hello } from '../core/message.ts'
import { type DecodedFrame, decodeFrame } from '../shell/codec.ts'
import { plainText } from '../shell/wire-fields.ts'

/** Longest token, in bytes: those of ServiceAccounts have one to two thousand. */
export const MAX_TOKEN_BYTES: number = 16 * 1024

/** Where it stands in the array of the frame: the kind, nine fields, the token. */
const POSITION = 10
/** An array of up to 15 elements is one byte, 0x90 and their number; a hello is the kind 1. */
const ARRAY = 0x90
const NIL = 0xc0

const packr = new Packr({ useRecords: false })

/** A hello, and the token that came with it. */
export interface TokenHello {
  readonly hello: Hello
  readonly token: string | undefined
}

/** Whether these bytes, which we have encoded, are a hello. */
export function isHello(frame: Uint8Array): boolean {
  return (frame[0] ?? 0) >> 4 === ARRAY >> 4 && frame[1] === 1
}

/** A hello of ours with a token. */
export function withToken(hello: Uint8Array, token: string): Uint8Array {
  const elements = (hello[0] as number) & 0x0f
  const between = Buffer.alloc(POSITION - elements, NIL)
  return Buffer.concat([Buffer.of(ARRAY | (POSITION + 1)), hello.subarray(1), between, packr.pack(token)])
}

/** Reads what must be a hello. Never throws. */
export function readHello(frame: Uint8Array): TokenHello | Exclude<DecodedFrame, { type: 'message' }> {
  const decoded = decodeFrame(frame)
  if (decoded.type !== 'message') return decoded
  const { message } = decoded
  if (message.type !== 'hello') return { type: 'bad-frame', detail: `${message.type} before hello` }
  // It has been decoded before, as plain values.
  const token: unknown = (packr.unpack(frame) as unknown[])[POSITION]
  return { hello: message, token: isToken(token) ? token : undefined }
}

/** Whether a value can be a token. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && Buffer.byteLength(value) <= MAX_TOKEN_BYTES && plainText.test(value)
}
