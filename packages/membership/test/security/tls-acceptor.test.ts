import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { TlsAcceptor } from '../../src/security/tls-acceptor.ts'

it('lets go of a connection that breaks in the moment in which it is secured, and of its errors', () => {
  const acceptor = new TlsAcceptor({})
  // Without addresses, as one that the peer has just reset.
  const broken = new Socket()
  acceptor.server.emit('secureConnection', broken)
  expect(broken.destroyed).toBe(true)
  expect(broken.emit('error', new Error('reset'))).toBe(true)
})
