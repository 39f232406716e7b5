// What client and machine add by themselves: a server that answers as many commands as have come, without a look at them.
import { createServer } from 'node:net'
import { tests } from './redis-commands.mjs'

const [port, test] = process.argv.slice(2)
const { command, reply } = tests[test]
const commandBytes = command(0).length

const server = createServer({ noDelay: true }, (socket) => {
  let bytes = 0
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    bytes += chunk.length
    const commands = Math.floor(bytes / commandBytes)
    bytes -= commands * commandBytes
    if (commands > 0) socket.write(reply.repeat(commands))
  })
})
server.listen(Number(port), '127.0.0.1', () => console.log('is ready'))
