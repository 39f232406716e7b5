// All commands by name, and what is said of others.
import type { Arguments } from './arguments.ts'
import { clientCommands } from './client-commands.ts'
import type { Command } from './command.ts'
import { keyCommands } from './key-commands.ts'
import { ProtocolError } from './parser.ts'
import { ErrorReply } from './reply.ts'
import { commandCommand, serverCommands } from './server-commands.ts'

const MAX_SHOWN = 128

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
  let shown = ''
  for (let at = 1; at < args.count && shown.length < MAX_SHOWN; at++) {
    const text = Buffer.from(args.at(at).subarray(0, MAX_SHOWN)).toString()
    shown += `'${text.slice(0, MAX_SHOWN - shown.length)}' `
  }
  return new ErrorReply(
    `ERR unknown command '${name.slice(0, MAX_SHOWN)}', with args beginning with: ${shown}`,
  )
}
