// The bytes of the WebSocket protocol that the fuzzer writes, and the few that it looks for.

/** The request of a member that dials. */
export const upgrade: Buffer = Buffer.from(
  'GET /rollcall HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
)

/** A binary frame, masked with zeros. */
export function webSocketFrame(payload: Uint8Array): Buffer {
  const { length } = payload
  const head =
    length < 126
      ? Buffer.of(0x82, 0x80 | length)
      : length < 0x10000
        ? Buffer.of(0x82, 0xfe, length >> 8, length & 0xff)
        : Buffer.of(
            0x82,
            0xff,
            0,
            0,
            0,
            0,
            length >>> 24,
            (length >>> 16) & 0xff,
            (length >>> 8) & 0xff,
            length & 0xff,
          )
  return Buffer.concat([head, Buffer.alloc(4), payload])
}

/** What the frames behind a request say, as far as they are whole: whoever reads them takes their masks off. */
export function payloads(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  const head = bytes.indexOf('\r\n\r\n')
  for (let at = head + 4; head >= 0 && at + 2 <= bytes.length; ) {
    const short = (bytes[at + 1] as number) & 0x7f
    const sizeBytes = short < 126 ? 0 : short === 126 ? 2 : 8
    const mask = at + 2 + sizeBytes
    const start = mask + 4
    if (start > bytes.length) break
    // Six bytes hold every length that could be whole.
    const length =
      sizeBytes === 0 ? short : bytes.readUIntBE(mask - Math.min(sizeBytes, 6), Math.min(sizeBytes, 6))
    if (start + length > bytes.length) break
    found.push(
      Buffer.from(bytes.subarray(start, start + length)).map(
        (byte, i) => byte ^ bytes.readUInt8(mask + (i & 3)),
      ) as Buffer,
    )
    at = start + length
  }
  return found
}

/** Whether a WebSocket close frame seems to be in it: with a code of ours, or of the protocol itself. */
export function isClose(data: Buffer): boolean {
  for (let at = data.indexOf(0x88); at >= 0; at = data.indexOf(0x88, at + 1)) {
    const high = data[at + 2]
    if (high === 0x0f || high === 0x03) return true
  }
  return false
}

/** The last frame that says with which epoch a member goes on, if one seems to be in it. */
export function epochIn(data: Buffer): Buffer | undefined {
  const at = data.lastIndexOf(epochHead)
  return at < 0 || at + 8 > data.length ? undefined : data.subarray(at + 2, at + 8)
}

const epochHead = Buffer.of(0x82, 6, 0xc1, 2)
