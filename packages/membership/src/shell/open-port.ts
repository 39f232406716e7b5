// Brings a server to listen, ours or the host program's, or says why it cannot.
import type { Server } from 'node:net'
import { ListenError } from '../errors.ts'

/** Connections that wait in the kernel until we accept them, as far as the kernel lets us: Node's 511 are soon full. */
const BACKLOG = 4096
/** How long a server of the host program may take until it listens. */
const ATTACH_TIMEOUT_MS = 10_000

/** Has a server listen, on all interfaces unless a host is given. @throws ListenError */
export function openPort(server: Server, host: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port))
    server.once('error', onError)
    server.listen(
      { port, exclusive: true, backlog: BACKLOG, ...(host === undefined ? {} : { host }) },
      () => {
        server.off('error', onError)
        resolve()
      },
    )
  })
}

function listenError(error: NodeJS.ErrnoException, host: string | undefined, port: number): ListenError {
  const where = host === undefined ? `port ${port}` : `${host} port ${port}`
  if (error.code === 'EADDRINUSE') {
    return new ListenError('ERR_ROLLCALL_PORT_IN_USE', `${where} is in use`, host, port, error)
  }
  if (error.code === 'EADDRNOTAVAIL') {
    const text = `no interface of this machine has the address ${host ?? ''}`
    return new ListenError('ERR_ROLLCALL_ADDRESS_NOT_OURS', text, host, port, error)
  }
  return new ListenError(
    'ERR_ROLLCALL_LISTEN',
    `cannot listen on ${where}: ${error.message}`,
    host,
    port,
    error,
  )
}

/** Waits for a server of the host program, on which `listen()` may have been called a moment ago. @throws ListenError */
export function untilListening(server: Server): Promise<void> {
  const problem = (text: string, cause?: unknown) =>
    new ListenError('ERR_ROLLCALL_LISTEN', `the given server ${text}`, undefined, 0, cause)
  if (server.listening) {
    const tcp = typeof server.address() === 'object'
    return tcp ? Promise.resolve() : Promise.reject(problem('does not listen on a TCP port'))
  }
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      clearTimeout(timer)
      server.off('listening', onListening)
      server.off('error', onError)
      finish()
    }
    const onListening = () => settle(() => resolve(untilListening(server)))
    const onError = (error: Error) => settle(() => reject(problem(`cannot listen: ${error.message}`, error)))
    const timer = setTimeout(() => settle(() => reject(problem('does not listen'))), ATTACH_TIMEOUT_MS)
    server.once('listening', onListening)
    server.once('error', onError)
  })
}
