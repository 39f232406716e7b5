// Commands about the connection itself: what clients say when they connect, and now and then to keep it alive.
import type { Arguments } from './arguments.ts'
import type { Command, Context } from './command.ts'
import { SERVER_NAME, SERVER_VERSION } from './info.ts'
import { integerAt } from './integers.ts'
import { bulk, ErrorReply, OK, type Reply, Status, shown, wrongNumberOfArguments } from './reply.ts'

const PONG = new Status('PONG')
const RESET = new Status('RESET')
const noPassword = new ErrorReply(
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
)

/** They are held as long as their connection. */
const MAX_NAME_LENGTH = 1024

const about = { kind: 'other', keys: [0, 0, 0] } as const

export const clientCommands: readonly Command[] = [
  { ...about, name: 'ping', arity: -1, run: ping },
  { ...about, name: 'echo', arity: 2, run: (args) => new Uint8Array(args.at(1)) },
  { ...about, name: 'hello', arity: -1, run: hello },
  { ...about, name: 'auth', arity: -2, run: () => noPassword },
  { ...about, name: 'client', arity: -2, run: client },
  { ...about, name: 'select', arity: 2, run: select },
  { ...about, name: 'reset', arity: 1, run: reset },
  { ...about, name: 'quit', arity: -1, run: quit },
]

function ping(args: Arguments): Reply {
  if (args.count > 2) throw wrongNumberOfArguments('ping')
  return args.count === 1 ? PONG : new Uint8Array(args.at(1))
}

/** Says who we are. Only the older protocol is spoken here, in which a map is a list. */
function hello(args: Arguments, { client }: Context): Reply {
  if (args.count > 1) {
    const version = args.text(1)
    if (!/^\d+$/.test(version)) throw new ErrorReply('ERR Protocol version is not an integer or out of range')
    if (version !== '2') throw new ErrorReply('NOPROTO unsupported protocol version')
  }
  for (let at = 2; at < args.count; at++) {
    const option = args.text(at).toUpperCase()
    if (option === 'AUTH' && at + 2 < args.count) throw noPassword
    if (option !== 'SETNAME' || at + 1 >= args.count) {
      throw new ErrorReply(`ERR Syntax error in HELLO option '${shown(args.text(at))}'`)
    }
    client.name = clientName(args, ++at)
  }
  const said = { server: SERVER_NAME, version: SERVER_VERSION, proto: 2, id: client.id }
  const fields = { ...said, mode: 'standalone', role: 'master', modules: [] }
  return Object.entries(fields).flatMap(([name, value]) => [
    bulk(name),
    typeof value === 'string' ? bulk(value) : value,
  ])
}

function client(args: Arguments, { client }: Context): Reply {
  const asked = args.text(1)
  const [name, count] = [asked.toUpperCase(), args.count]
  if (name === 'ID' && count === 2) return client.id
  if (name === 'GETNAME' && count === 2) return client.name === '' ? null : bulk(client.name)
  // The name and version of the client's library.
  if (name === 'SETINFO' && count === 4) return OK
  if (name === 'SETNAME' && count === 3) {
    client.name = clientName(args, 2)
    return OK
  }
  throw new ErrorReply(
    `ERR unknown subcommand or wrong number of arguments for '${shown(asked)}'. Try CLIENT ID, GETNAME, SETNAME or SETINFO.`,
  )
}

function clientName(args: Arguments, index: number): string {
  const name = args.text(index)
  if (name.length > MAX_NAME_LENGTH) {
    throw new ErrorReply(`ERR Client names have at most ${MAX_NAME_LENGTH} characters.`)
  }
  if (/^[!-~]*$/.test(name)) return name
  throw new ErrorReply('ERR Client names cannot contain spaces, newlines or special characters.')
}

function select(args: Arguments): Reply {
  if (integerAt(args, 1) === 0n) return OK
  throw new ErrorReply('ERR DB index is out of range')
}

function reset(_args: Arguments, { client }: Context): Reply {
  client.name = ''
  return RESET
}

function quit(_args: Arguments, { client }: Context): Reply {
  client.end()
  return OK
}
