// One client: takes its commands, runs several at a time where nobody can see that, and sends the replies in order. It
// leaves the rest in the socket while too much is under way, and while the client does not read what it has asked for.
import type { Socket } from 'node:net'
import { clientGone } from '../errors.ts'
import type { Arguments } from './arguments.ts'
import { type Client, type Command, type Context, keysOf, takesSoMany } from './command.ts'
import { CommandFinder } from './command-finder.ts'
import { toErrorReply } from './error-reply.ts'
import { KeyOrder, type Waiting } from './key-order.ts'
import { LINGER_MS, STALL_MS } from './limits.ts'
import { CommandParser, ProtocolError } from './parser.ts'
import { ErrorReply, type Reply, wrongNumberOfArguments } from './reply.ts'
import { ReplyQueue } from './reply-queue.ts'
import { Share } from './share.ts'
import type { Shared } from './shared.ts'
import { Stalls } from './stalls.ts'

/** What is left of a client's input. */
type Left = 'nothing' | 'half' | 'commands'

/** Replies are sent when so many bytes have come together, and at the end of each turn. */
const SEND_BYTES = 64 * 1024

export class Connection implements Client {
  readonly id: number
  name = ''
  isGone = false
  readonly #socket: Socket
  readonly #shared: Shared
  readonly #context: Context
  readonly #parser: CommandParser
  readonly #order = new KeyOrder((error) => this.#failed(error))
  readonly #replies: ReplyQueue
  readonly #share: Share
  readonly #commands = new CommandFinder()
  /** No more commands are taken. */
  #isEnding = false
  /** Ends when it has nothing to do. */
  #isLeaving = false
  /** The client sends nothing more. */
  #hasInputEnded = false
  #isOver = false
  readonly #gone = new AbortController()
  #goneTimer: NodeJS.Timeout | undefined
  readonly #stalls = new Stalls()

  constructor(id: number, socket: Socket, shared: Shared) {
    this.id = id
    this.#socket = socket
    this.#shared = shared
    this.#share = new Share(shared.budget)
    this.#replies = new ReplyQueue(() => shared.goOnSoon(this))
    const { cache, connections, about } = shared
    const options = { signal: this.#gone.signal }
    const hold = (bytes: number) => this.#replies.hold(bytes)
    const holdInTurn = (bytes: number) => this.#holdInTurn(bytes)
    this.#context = { cache, connections, about, options, hold, holdInTurn, client: this }
    this.#parser = new CommandParser(Math.max(cache.limits.maxValueBytes, cache.limits.maxKeyBytes))
    socket.on('data', (chunk: Buffer) => {
      // What a client sends after its end is read, or its end would be a reset, which may overtake our last replies.
      if (this.#isEnding) return
      this.#parser.push(chunk)
      this.goOn()
    })
    socket.on('end', () => {
      this.#hasInputEnded = true
      // It may wait for its replies, or have gone. When none comes for a while, it has gone for all we know.
      this.#goneTimer = setTimeout(() => this.#giveUp(), LINGER_MS)
      this.goOn()
    })
    socket.on('drain', () => this.goOn())
    socket.on('error', () => {}) // `close` follows.
    socket.on('close', () => {
      this.#isEnding = true
      this.#isOver = true
      this.isGone = true
      this.#share.end()
      this.#parser.clear()
      this.#replies.clear()
      this.#account()
      this.#giveUp()
    })
  }

  end(): void {
    this.#isEnding = true
  }

  /** Ends it after the last reply, once the client waits for nothing. */
  leave(): void {
    this.#isLeaving = true
    this.goOn()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Nobody waits any more for what is under way. */
  #giveUp(): void {
    clearTimeout(this.#goneTimer)
    this.#gone.abort(clientGone())
  }

  /** Takes what may be taken, and sends what there is. */
  goOn(): void {
    if (this.#isOver) {
      // What commands hold that are under way counts until they have ended.
      this.#account()
      return
    }
    this.#goneTimer?.refresh()
    let left: Left
    do {
      left = this.#takeCommands()
      this.#send()
    } while (left === 'commands' && this.#mayTake())
    this.#finishOrWait(left)
    this.#account()
  }

  /** To be called now and then: ends it if the client leaves us with half a command or unread replies for too long. */
  checkStall(nowMs: number): void {
    if (this.#stalls.isUnread(this.#socket, nowMs)) this.destroy()
    if (this.#stalls.isHalfLate(nowMs)) {
      this.#refuse(`ERR the rest of a command has not come for ${STALL_MS / 1000} s`)
    }
  }

  /** Takes what may be taken; returns what is left, be it whole commands, as far as that is known, or a part of one. */
  #takeCommands(): Left {
    let taken = 0
    try {
      while (this.#mayTake()) {
        const next = this.#parser.next()
        if (next === undefined) return this.#noteRest(taken)
        taken++
        this.#share.release()
        if (next instanceof ErrorReply) this.#answer(next)
        else this.#run(next)
        if (this.#shared.encoder.bytes >= SEND_BYTES) this.#send()
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#answer(new ErrorReply(`ERR ${error.message}`))
      this.end()
    }
    this.#parser.release()
    this.#stalls.whole()
    return 'commands'
  }

  #noteRest(taken: number): Left {
    if (this.#parser.isInMidst) {
      this.#stalls.half(taken > 0)
      return 'half'
    }
    this.#stalls.whole()
    return 'nothing'
  }

  #mayTake(): boolean {
    if (this.#isEnding || this.#socket.writableNeedDrain) return false
    return this.#replies.isEmpty || !(this.#replies.isFull || this.#shared.budget.isUsedUp)
  }

  /** Throws ProtocolError only. */
  #run(args: Arguments): void {
    this.#shared.connections.commands++
    try {
      const command = this.#commands.find(args)
      if (!takesSoMany(command, args)) this.#answer(wrongNumberOfArguments(command.name))
      else this.#runInOrder(command, args)
    } catch (error) {
      if (error instanceof ProtocolError) throw error
      this.#answer(this.#failed(error))
    }
  }

  /** What the client is told, which counts unless it has gone. */
  #failed(error: unknown): Reply {
    if (!this.isGone) this.#shared.refusals.count(error)
    return toErrorReply(error)
  }

  #runInOrder(command: Command, args: Arguments) {
    const { kind } = command
    // A read has mostly nothing to wait for, and its answer at once.
    const keys = kind === 'read' && this.#order.isIdle ? undefined : keysOf(command, args)
    const before = keys && this.#order.before(kind, keys)
    if (before && command.overwrites?.(args)) return this.#replace(before, command, args.keep(), keys)
    const reply = before ? this.#runAfter(before, command, args.keep()) : command.run(args, this.#context)
    if (!(reply instanceof Promise)) return this.#answer(reply)
    const all = keys ?? keysOf(command, args)
    this.#order.add(kind, all, reply, this.#replies.addLater(args.bytes, kind === 'read' ? all.length : 0))
  }

  /** A write that waits: in the place of an earlier one that waits, if there is one. */
  #replace(before: Promise<unknown>, command: Command, args: Arguments, keys: readonly string[]): void {
    const fill = this.#replies.addLater(args.bytes, 0)
    const earlier = this.#order.replaceable(keys[0] as string)
    if (earlier !== undefined) {
      earlier.args = args
      earlier.fills.push(fill)
      return
    }
    const run = async () => {
      await before
      waiting.hasBegun = true
      return command.run(waiting.args, this.#context)
    }
    const waiting: Waiting = { args, hasBegun: false, fills: [fill] }
    const fillAll = (reply: Reply) => {
      for (const one of waiting.fills) one(reply)
    }
    this.#order.add('write', keys, run(), fillAll, waiting)
  }

  async #runAfter(before: Promise<unknown>, command: Command, args: Arguments): Promise<Reply> {
    await before
    return command.run(args, this.#context)
  }

  /** Puts a reply behind those before it. */
  #answer(reply: Reply): void {
    if (this.#replies.isEmpty) this.#shared.encoder.add(reply)
    else this.#replies.add(reply)
  }

  /** Writes the replies that are next. */
  #send(): void {
    const { encoder } = this.#shared
    this.#replies.sendTo(encoder)
    const chunks = encoder.take()
    if (this.#isOver || chunks.length === 0) return
    if (chunks.length > 1) this.#socket.cork()
    for (const chunk of chunks) this.#socket.write(chunk)
    if (chunks.length > 1) this.#socket.uncork()
  }

  #finishOrWait(left: Left): void {
    const isAtEnd = this.#hasInputEnded ? left !== 'commands' : this.#isLeaving && left === 'nothing'
    if (this.#replies.isEmpty && (this.#isEnding || isAtEnd)) this.#finish()
    else if (left === 'half' && !this.#isEnding && !this.#share.reserve(this.#parser.neededBytes))
      this.#waitForRoom()
    else if (left !== 'commands' || this.#isEnding) this.#socket.resume()
    else this.#socket.pause()
  }

  /** Counts at once: others that come in the same turn see it. */
  #holdInTurn(bytes: number): Promise<void> | undefined {
    const take = () => {
      this.#replies.hold(bytes)
      this.#account()
    }
    if (this.#shared.budget.isUsedUp) return this.#share.room().then(take)
    take()
    return undefined
  }

  #waitForRoom(): void {
    this.#socket.pause()
    // It is not the client that is late.
    this.#stalls.whole()
    this.#share.whenRoom(() => this.goOn())
  }

  /** Says that nothing follows, and waits a moment for the client to say the same. */
  #finish(): void {
    this.#isEnding = true
    this.#isOver = true
    const socket = this.#socket
    socket.end()
    socket.resume()
    const timer = setTimeout(() => socket.destroy(), LINGER_MS)
    socket.once('close', () => clearTimeout(timer))
  }

  #refuse(text: string): void {
    this.#socket.end(`-${text}\r\n`)
    this.#finish()
  }

  /** Of those that make the budget overdrawn, who holds more than others goes. */
  #account(): void {
    const { writableNeedDrain, writableLength } = this.#socket
    const output = this.#replies.bytes + (writableNeedDrain ? writableLength : 0)
    const isMore = this.#share.count(this.#parser.heldBytes, output)
    if (isMore && this.#share.isExcessive(this.#shared.connections.open)) this.destroy()
  }
}
