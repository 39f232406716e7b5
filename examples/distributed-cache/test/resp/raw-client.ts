// A client that sends any bytes, and keeps what comes back.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

const DEADLINE_MS = 20_000

export class RawClient {
  readonly socket: Socket
  #received: Buffer[] = []
  #bytes = 0
  #wake = () => {}
  isClosed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.#received.push(chunk)
      this.#bytes += chunk.length
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.isClosed = true
      this.#wake()
    })
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const client = new RawClient(socket)
    await once(socket, 'connect')
    return client
  }

  get bytes(): number {
    return this.#bytes
  }

  get text(): string {
    return Buffer.concat(this.#received).toString('latin1')
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data)
  }

  /** Sends this, and resolves with what has come when there are so many bytes of it, or the connection is closed. */
  async ask(data: string | Uint8Array, bytes: number): Promise<string> {
    this.write(data)
    await this.until(() => this.#bytes >= bytes)
    const { text } = this
    this.#received = []
    this.#bytes = 0
    return text
  }

  /** Everything until the server ends the connection. */
  async rest(): Promise<string> {
    await this.until(() => false)
    return this.text
  }

  async until(isMet: () => boolean): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS
    while (!isMet() && !this.isClosed) {
      if (Date.now() > deadline) throw new Error(`not in time; so far came: ${this.text.slice(0, 500)}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        setTimeout(resolve, 10)
      })
    }
  }

  close(): void {
    this.socket.destroy()
  }
}

/** A command as clients send it. */
export function command(...words: (string | Uint8Array)[]): Buffer {
  const parts = words.map((word) => Buffer.from(word as Uint8Array))
  const bulks = parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')])
  return Buffer.concat([Buffer.from(`*${parts.length}\r\n`), ...bulks])
}
