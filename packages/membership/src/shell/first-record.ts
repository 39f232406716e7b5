// Waits for the first record of TLS before anything of TLS is set up for a connection: the state of a handshake takes ten
// times the memory of a socket, and whoever begins one and goes no further is not to have it.
import type { Socket } from 'node:net'

/** The first byte of a connection that speaks TLS. */
export const HANDSHAKE = 0x16
const HEAD_BYTES = 5
/** RFC 8446 section 5.1: a longer record is none. */
const MAX_RECORD_BYTES = 2 ** 14

/** Calls `done` once, when a whole record has come or what comes is none. All that came is left to be read. */
export function awaitRecord(socket: Socket, done: () => void): void {
  let came: Buffer = Buffer.alloc(0)
  const onReadable = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) came = Buffer.concat([came, chunk])
    if (came.length === 0 || isPartOfRecord(came)) return
    socket.off('readable', onReadable)
    socket.unshift(came)
    done()
  }
  socket.on('readable', onReadable)
  // What breaks meanwhile is told by its close.
  socket.on('error', () => {})
}

function isPartOfRecord(bytes: Buffer): boolean {
  if (bytes[0] !== HANDSHAKE) return false
  if (bytes.length < HEAD_BYTES) return true
  const length = bytes.readUInt16BE(3)
  return length <= MAX_RECORD_BYTES && bytes.length < HEAD_BYTES + length
}
