// Finds the commands of one client: most send the same one over and over.
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { findCommand } from './command-table.ts'

export class CommandFinder {
  /** The latest one, as the client has written it. */
  #lastName = ''
  #lastCommand: Command | undefined

  /** @throws ErrorReply if it does not exist, ProtocolError for a request of HTTP */
  find(args: Arguments): Command {
    if (this.#lastCommand !== undefined && args.is(0, this.#lastName)) return this.#lastCommand
    this.#lastCommand = findCommand(args)
    this.#lastName = args.text(0)
    return this.#lastCommand
  }
}
