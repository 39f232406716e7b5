// Fills a server with keys, a batch at a time.
import { once } from 'node:events'
import { connect } from 'node:net'

const BATCH = 200
const OK_BYTES = '+OK\r\n'.length

/** The name that redis-benchmark gives to a key. */
export function keyName(index: number): string {
  return `key:${String(index).padStart(12, '0')}`
}

/** Sets keys as redis-benchmark names them, to values of so many bytes. Throws if one is refused. */
export async function fillKeys(port: number, count: number, valueBytes = 3): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const value = 'x'.repeat(valueBytes)
  for (let first = 0; first < count; first += BATCH) {
    const keys = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) => keyName(first + index))
    const commands = keys.map(
      (key) => `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${valueBytes}\r\n${value}\r\n`,
    )
    socket.write(commands.join(''))
    let bytes = 0
    while (bytes < keys.length * OK_BYTES) {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      if (chunk.includes('-')) throw new Error(`a key was refused: ${chunk}`)
      bytes += chunk.length
    }
  }
  socket.destroy()
}
