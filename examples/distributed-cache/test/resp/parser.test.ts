import { describe, expect, it } from 'vitest'
import { CommandParser, ProtocolError } from '../../src/resp/parser.ts'
import { ErrorReply } from '../../src/resp/reply.ts'
import { command } from './raw-client.ts'

const MAX_BULK_BYTES = 1000

/** All commands of some chunks, as texts; refused ones as their error. */
function parse(chunks: readonly Buffer[], parser = new CommandParser(MAX_BULK_BYTES)): (string[] | string)[] {
  const commands: (string[] | string)[] = []
  for (const chunk of chunks) {
    parser.push(chunk)
    for (let next = parser.next(); next !== undefined; next = parser.next()) {
      if (next instanceof ErrorReply) commands.push(next.message)
      else {
        const { count } = next
        commands.push(Array.from({ length: count }, (_, i) => Buffer.from(next.at(i)).toString('latin1')))
      }
    }
  }
  return commands
}

function cut(bytes: Buffer, size: number): Buffer[] {
  const count = Math.ceil(bytes.length / size)
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
}

const transcript = Buffer.concat([
  command('SET', 'key', Buffer.from([0, 13, 10, 36, 255])),
  Buffer.from('GET key\r\nPING\n\r\n   \r\n'),
  command('GET', ''),
  Buffer.from('*0\r\n*-1\r\n'),
  command('SET', 'long', 'x'.repeat(MAX_BULK_BYTES + 1), 'more'),
  command('MGET', ...Array.from({ length: 40 }, (_, index) => `key-${index}`)),
  Buffer.from('SET "a b" \'c\\\'d\' "\\x41\\n"\r\n'),
  command('ECHO', 'y'.repeat(MAX_BULK_BYTES)),
])

const expected = [
  ['SET', 'key', '\0\r\n$\xff'],
  ['GET', 'key'],
  ['PING'],
  ['GET', ''],
  'ERR an argument is longer than 1000 bytes',
  ['MGET', ...Array.from({ length: 40 }, (_, index) => `key-${index}`)],
  ['SET', 'a b', "c'd", 'A\n'],
  ['ECHO', 'y'.repeat(MAX_BULK_BYTES)],
]

describe('the parser of commands', () => {
  it('reads the same from a transcript in one piece, and cut in two at every byte', () => {
    expect(parse([transcript])).toEqual(expected)
    for (let at = 1; at < transcript.length; at++) {
      const read = parse([transcript.subarray(0, at), transcript.subarray(at)])
      if (JSON.stringify(read) !== JSON.stringify(expected)) expect(read, `cut at ${at}`).toEqual(expected)
    }
  })

  it.each([1, 2, 3, 7, 64, 1000])('reads the same from pieces of %i bytes', (size) => {
    expect(parse(cut(transcript, size))).toEqual(expected)
  })

  it('copies nothing of a command that is whole in a chunk', () => {
    const parser = new CommandParser(MAX_BULK_BYTES)
    const chunk = command('SET', 'key', 'value')
    parser.push(chunk)
    expect((parser.next() as CommandParser).at(2).buffer).toBe(chunk.buffer)
    expect(parser.next()).toBe(undefined)
    expect(parser).toMatchObject({ heldBytes: 0, isInMidst: false })
  })

  it('knows whether a command has begun', () => {
    const parser = new CommandParser(MAX_BULK_BYTES)
    for (const piece of cut(command('SET', 'key', 'value'), 1)) {
      parser.push(piece)
      const next = parser.next()
      if (next === undefined) expect(parser.isInMidst).toBe(true)
    }
    parser.next()
    expect(parser.isInMidst).toBe(false)
  })

  it('holds no more than twice of what has come of a command, and nothing of one that it reads over', () => {
    const long = new CommandParser(10_000_000)
    const bytes = command('SET', 'key', Buffer.alloc(1_000_000))
    let came = 0
    for (const piece of cut(bytes, 1000)) {
      long.push(piece)
      came += piece.length
      long.next()
      expect(long.heldBytes).toBeLessThanOrEqual(2 * came + 1000)
    }
    const refused = new CommandParser(MAX_BULK_BYTES)
    for (const piece of cut(bytes, 1000)) {
      refused.push(piece)
      refused.next()
      expect(refused.heldBytes).toBeLessThanOrEqual(4000)
    }
  })

  it('reads over a command with too many arguments, or too many bytes in all', () => {
    const many = command(...Array.from({ length: 65_537 }, () => 'x'))
    expect(parse([many, command('PING')])).toEqual(['ERR more than 65536 arguments in one command', ['PING']])
    const heavy = command('MSET', ...Array.from({ length: 17 }, () => Buffer.alloc(1024 * 1024)))
    const parser = new CommandParser(2 ** 20)
    expect(parse([...cut(heavy, 65_536), command('PING')], parser)).toEqual([
      'ERR the command is longer than 16777216 bytes',
      ['PING'],
    ])
  })

  it.each([
    ['*x\r\n', 'invalid multibulk length'],
    ['*\r\n', 'invalid multibulk length'],
    ['*1048577\r\n', 'invalid multibulk length'],
    ['*99999999999999999999999\r\n', 'invalid multibulk length'],
    ['*1\rx', 'invalid multibulk length'],
    ['*1\r\n:1\r\n', "expected '$', got ':'"],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n$536870913\r\n', 'invalid bulk length'],
    ['*1\r\n$1 \r\n', 'invalid bulk length'],
    ['*1\r\n$1\r\nabc\r\n', 'a bulk does not end where its length says'],
    ['"abc\r\n', 'unbalanced quotes in request'],
    ['"a"b\r\n', 'unbalanced quotes in request'],
    [`${'x'.repeat(65_537)}`, 'too big inline request'],
  ])('says what is wrong with %j', (text, problem) => {
    expect(() => parse([Buffer.from(text)])).toThrow(new ProtocolError(problem))
  })

  it('does not take what is not UTF-8 for a text', () => {
    const parser = new CommandParser(MAX_BULK_BYTES)
    parser.push(command('GET', Buffer.from([0xff]), 'ü', '\ufffd'))
    const args = parser.next() as CommandParser
    expect(() => args.text(1)).toThrow('not UTF-8')
    expect([args.text(2), args.text(3)]).toEqual(['ü', '\ufffd'])
  })
})
