// All commands by name, and what is said of others.
import type { Arguments } from './arguments.ts'
import { clientCommands } from './client-commands.ts'
import type { Command } from './command.ts'
import { keyCommands } from './key-commands.ts'
import { ProtocolError } from './parser.ts'
import { ErrorReply, MAX_SHOWN, shown } from './reply.ts'
import { commandCommand, serverCommands } from './server-commands.ts'

const listed = [...keyCommands, ...clientCommands, ...serverCommands]
const commands = [...listed, commandCommand(listed)]
// Both ways in which nearly all clients write them.
const table = new Map(
  commands.flatMap((command) => [
    [command.name, command],
    [command.name.toUpperCase(), command],
  ]),
)

/** The command that is asked for. @throws ErrorReply if it does not exist, ProtocolError for a request of HTTP */
export function findCommand(args: Arguments): Command {
  const name = args.text(0)
  const command = table.get(name) ?? table.get(name.toLowerCase())
  if (command !== undefined) return command
  // A browser can be made to send requests to any port, with commands in their bodies.
  if (/^(?:post|host:)$/i.test(name)) throw new ProtocolError('this is not the port for HTTP')
  throw unknownCommand(name, args)
}

function unknownCommand(name: string, args: Arguments): ErrorReply {
  let beginning = ''
  for (let at = 1; at < args.count && beginning.length < MAX_SHOWN; at++) {
    const text = Buffer.from(args.at(at).subarray(0, MAX_SHOWN)).toString()
    beginning += `'${text.slice(0, MAX_SHOWN - beginning.length)}' `
  }
  return new ErrorReply(`ERR unknown command '${shown(name)}', with args beginning with: ${beginning}`)
}
