// A world in memory for members of production code: its time passes when it is told, and its connections are two ends in one
// process. Quicker than the simulator, and without its kernels and networks.
import type {
  Connection,
  ConnectionHandlers,
  Dialer,
  ListenerHandlers,
  Platform,
} from '@rollcall/membership/internal'
import type { RandomStream } from '@rollcall/testkit'

const EPOCH_MS = 1_760_000_000_000

interface WorldTimer {
  readonly at: number
  readonly run: () => void
}

/** What a member of the world does with the others. */
export interface Surroundings {
  listening(handlers: ListenerHandlers): void
  readonly dial: Dialer
}

export class World {
  now = 1_000_000
  readonly #timers = new Set<WorldTimer>()
  #soon: (() => void)[] = []
  #instances = 0

  /** Runs when what is going on now is over. */
  soon(run: () => void): void {
    this.#soon.push(run)
  }

  /** Runs all that is to run now. */
  settle(): void {
    while (this.#soon.length > 0) {
      const soon = this.#soon
      this.#soon = []
      for (const run of soon) run()
    }
  }

  /** Lets time pass. */
  advance(ms: number): void {
    this.now += ms
    for (const timer of [...this.#timers]) {
      if (timer.at <= this.now && this.#timers.delete(timer)) timer.run()
    }
    this.settle()
  }

  /** The platform of one member. */
  platform(random: RandomStream, { listening, dial }: Surroundings): Platform {
    return {
      environment: {},
      now: () => this.now,
      toEpochMs: (time) => Math.round(EPOCH_MS + time),
      wallNow: () => Math.floor(EPOCH_MS + this.now),
      setTimer: (run, delayMs) => {
        const timer = { at: this.now + Math.max(delayMs, 1), run }
        this.#timers.add(timer)
        return timer
      },
      clearTimer: (timer) => void this.#timers.delete(timer as WorldTimer),
      afterDrain: (_activity, done) => this.soon(done),
      later: (run) => this.soon(run),
      readTextFile: async (path) => {
        throw Object.assign(new Error(`no files here: ${path}`), { code: 'ENOENT' })
      },
      random: random.next,
      newInstance: () => `instance-${++this.#instances}`,
      listen: async ({ port }, handlers) => {
        listening(handlers)
        return { bound: { host: '127.0.0.1', port }, close: () => {} }
      },
      createDialer: () => dial,
    }
  }
}

/** The end of a connection that a member holds; the other end is whoever made it. */
export class MemoryConnection implements Connection {
  readonly remote = '127.0.0.9'
  isOpen = true
  readonly bufferedAmount = 0
  bytesWritten = 0
  bytesRead = 0
  readonly #world: World
  readonly #sent: (frame: Uint8Array) => void
  readonly #over: () => void
  #handlers: ConnectionHandlers | undefined
  #isOver = false

  /** `sent` gets what the member sends; `over` is called when it has closed. */
  constructor(world: World, sent: (frame: Uint8Array) => void, over: () => void) {
    this.#world = world
    this.#sent = sent
    this.#over = over
  }

  start(handlers: ConnectionHandlers): void {
    this.#handlers = handlers
  }

  send(frame: Uint8Array): void {
    if (!this.isOpen) return
    this.bytesWritten += frame.length
    this.#sent(frame)
  }

  close(code: number): void {
    if (!this.isOpen) return
    this.isOpen = false
    this.#world.soon(() => this.end(code))
  }

  terminate(): void {
    this.isOpen = false
    this.#world.soon(() => this.end(undefined))
  }

  pause(): void {}

  resume(): void {}

  /** A frame arrives. */
  receive(frame: Uint8Array): void {
    if (this.#isOver) return
    this.bytesRead += frame.length
    this.#handlers?.frame(frame)
  }

  /** It has ended. */
  end(code: number | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.isOpen = false
    this.#handlers?.closed(code)
    this.#over()
  }
}
