// gRPC-js, unary, with bodies that are bytes already: neither side pays for Protocol Buffers.
import { promisify } from 'node:util'
import { Client, credentials, makeGenericClientConstructor, Server, ServerCredentials } from '@grpc/grpc-js'

const same = (bytes) => bytes
const echo = {
  path: '/bench.Echo/Echo',
  requestStream: false,
  responseStream: false,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
}
const limits = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 }

export async function serve() {
  const server = new Server(limits)
  server.addService({ echo }, { echo: ({ request }, answer) => answer(null, request) })
  const bind = promisify(server.bindAsync.bind(server))
  return `127.0.0.1:${await bind('127.0.0.1:0', ServerCredentials.createInsecure())}`
}

export async function connect(address) {
  const EchoClient = makeGenericClientConstructor({ echo }, 'Echo')
  const client = new EchoClient(address, credentials.createInsecure(), limits)
  await promisify(Client.prototype.waitForReady).call(client, Date.now() + 10_000)
  return (bytes) =>
    new Promise((resolve, reject) => {
      client.echo(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), (error, answer) =>
        error ? reject(error) : resolve(answer),
      )
    })
}
