// One client of the comparison in a process of its own: asks as it is told over IPC, and reports what it took.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { answer } from './answer.mjs'
import { pingPong } from './ping-pong.mjs'

const [contender, address, mostInFlight] = process.argv.slice(2)
const { connect } = await import(`./contenders/${contender}.mjs`)
const ask = await connect(address, { inFlight: Number(mostInFlight) })

const commands = {
  /** One question after the other, for some time; times of each, in microseconds. */
  async pingPong({ bytes, warmUpMs, forMs }) {
    const body = new Uint8Array(bytes).fill(7)
    for (const until = performance.now() + warmUpMs; performance.now() < until; )
      check(await ask(body), bytes)
    return pingPong(async () => check(await ask(body), bytes), forMs)
  },
  /** So many questions under way at any time; answers a second. */
  async pipelined({ bytes, warmUpMs, forMs, inFlight }) {
    const body = new Uint8Array(bytes).fill(7)
    const run = async (spanMs) => {
      const startedAt = performance.now()
      let answered = 0
      const worker = async () => {
        for (; performance.now() - startedAt < spanMs; answered++) check(await ask(body), bytes)
      }
      await Promise.all(Array.from({ length: inFlight }, worker))
      return answered / ((performance.now() - startedAt) / 1000)
    }
    await run(warmUpMs)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const perSecond = await run(forMs)
    delay.disable()
    return { perSecond, loopDelayP99Ms: delay.percentile(99) / 1e6 }
  },
  /** The delay of a loop with nothing to do but live. */
  async idle({ forMs }) {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    await new Promise((resolve) => setTimeout(resolve, forMs))
    delay.disable()
    return { loopDelayP99Ms: delay.percentile(99) / 1e6 }
  },
}

function check({ length }, bytes) {
  if (length !== bytes) throw new Error(`an answer of ${length} bytes, not ${bytes}`)
}

answer(commands)
