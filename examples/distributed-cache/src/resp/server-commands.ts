// Commands about the server: what tools ask before they begin.
import { type Arguments, textsFrom } from './arguments.ts'
import type { Command, Context } from './command.ts'
import { info } from './info.ts'
import { bulk, ErrorReply, type Reply, Status, shown } from './reply.ts'

const about = { kind: 'other', keys: [0, 0, 0] } as const

export const serverCommands: readonly Command[] = [
  { ...about, name: 'info', arity: -1, run: (args, context) => bulk(info(context, textsFrom(args, 1))) },
  { ...about, name: 'config', arity: -2, run: config },
  { ...about, name: 'dbsize', arity: 1, run: (_args, { cache }) => cache.stats.entries },
]

/** COMMAND over a list of commands, and itself. */
export function commandCommand(commands: readonly Command[]): Command {
  const command: Command = { ...about, name: 'command', arity: -1, run: (args) => describe(all, args) }
  const all = [...commands, command]
  return command
}

function describe(commands: readonly Command[], args: Arguments): Reply {
  const [asked = '', ...names] = textsFrom(args, 1)
  switch (asked.toUpperCase()) {
    case '':
      return commands.map(description)
    case 'COUNT':
      return commands.length
    // Help texts are redis-cli's own.
    case 'DOCS':
      return []
    case 'INFO':
      return names.map((name) => {
        const command = commands.find((one) => one.name === name.toLowerCase())
        return command === undefined ? null : description(command)
      })
    case 'LIST':
      return commands.map(({ name }) => bulk(name))
    default:
      throw new ErrorReply(`ERR unknown subcommand '${shown(asked)}'. Try COMMAND COUNT, INFO or LIST.`)
  }
}

function description({ name, arity, kind, keys }: Command): Reply {
  const flags = { read: ['readonly', 'fast'], write: ['write'], other: ['fast'] }[kind]
  return [bulk(name), arity, flags.map((flag) => new Status(flag)), ...keys]
}

/** The settings that tools read: redis-benchmark prints the first two. */
function config(args: Arguments, { cache }: Context): Reply {
  const [asked = '', ...names] = textsFrom(args, 1)
  if (asked.toUpperCase() !== 'GET' || names.length === 0) {
    throw new ErrorReply(`ERR unknown subcommand or wrong number of arguments for '${shown(asked)}'.`)
  }
  const settings: Readonly<Record<string, string>> = {
    save: '',
    appendonly: 'no',
    maxmemory: String(cache.stats.maxBytes),
    'maxmemory-policy': 'allkeys-lru',
  }
  const wanted = names.map((name) => name.toLowerCase())
  return Object.entries(settings).flatMap(([name, value]) =>
    wanted.includes(name) || wanted.includes('*') ? [bulk(name), bulk(value)] : [],
  )
}
