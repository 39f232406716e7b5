// A listener and dialers of their own, with what they tell.
import type { AddressInfo, Server } from 'node:net'
import { defaultLimits, type Limits } from '../../src/limits.ts'
import { KeyProtection } from '../../src/security/key-protection.ts'
import { type Key, Keyring } from '../../src/security/keyring.ts'
import type { Protection } from '../../src/security/protection.ts'
import type { Connection } from '../../src/shell/connection.ts'
import { createDialer, type Dial } from '../../src/shell/dialer.ts'
import { openListener } from '../../src/shell/listener.ts'
import { until } from '../shell/sockets.ts'

export const key = (id: string, fill = id.charCodeAt(0)): Key => ({ id, secret: Buffer.alloc(32, fill) })

export const keys = (first: Key, ...others: Key[]): { keyring: Keyring; protection: Protection } => {
  const keyring = new Keyring([first, ...others])
  return { keyring, protection: new KeyProtection(keyring) }
}

/** What both ends of a test have opened, to be closed after it. */
export class Ends {
  readonly #cleanUp: (() => void)[] = []

  close(): void {
    for (const clean of this.#cleanUp.splice(0).reverse()) clean()
  }

  onClose(clean: () => void): void {
    this.#cleanUp.push(clean)
  }

  async listen(protection?: Protection, limits: Partial<Limits> = {}) {
    const connections: Connection[] = []
    const told: string[] = []
    const details: string[] = []
    const listener = await openListener(
      { path: '/rollcall', host: '127.0.0.1', port: 0, limits: { ...defaultLimits, ...limits }, protection },
      {
        connection: () => told.push('connection'),
        opened: (connection) => {
          connections.push(connection)
          told.push('opened')
          this.onClose(() => connection.terminate())
        },
        refused: (why, _remote, detail = '') => {
          told.push(why)
          details.push(detail)
        },
        error: (error) => told.push(`error: ${error.message}`),
      },
    )
    this.onClose(() => listener.close())
    return { address: `127.0.0.1:${listener.bound.port}`, connections, told, details }
  }

  dial(address: string, protection?: Protection) {
    const told: string[] = []
    const dialed: { connection?: Connection } = {}
    const dial: Dial = createDialer({ path: '/rollcall', protection })(address, 2000, {
      connected: () => told.push('connected'),
      opened: (connection) => {
        told.push('opened')
        dialed.connection = connection
        this.onClose(() => connection.terminate())
      },
      failed: (why) => told.push(`failed: ${why}`),
    })
    this.onClose(() => dial.abandon())
    const ended = () => until('the dial ends', () => told.some((word) => word !== 'connected'))
    return { told, dial, ended, dialed }
  }

  /** A server of another make; gives its address. */
  async serve(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.onClose(() => server.close())
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }
}
