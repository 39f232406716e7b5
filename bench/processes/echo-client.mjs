// One client of the comparison in a process of its own: asks as it is told over IPC, and reports what it took.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

const [contender, address, mostInFlight] = process.argv.slice(2)
const { connect } = await import(`./contenders/${contender}.mjs`)
const ask = await connect(address, { inFlight: Number(mostInFlight) })

const commands = {
  /** One question after the other; times of each, in microseconds. */
  async pingPong({ bytes, warmUp, count }) {
    const body = new Uint8Array(bytes).fill(7)
    for (let i = 0; i < warmUp; i++) check(await ask(body), bytes)
    const samples = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      const askedAt = performance.now()
      check(await ask(body), bytes)
      samples[i] = performance.now() - askedAt
    }
    samples.sort()
    const at = (share) => samples[Math.min(count - 1, Math.floor(count * share))] * 1000
    return { medianUs: at(0.5), p99Us: at(0.99), worstUs: at(1) }
  },
  /** So many questions under way at any time; answers a second. */
  async pipelined({ bytes, warmUp, count, inFlight }) {
    const body = new Uint8Array(bytes).fill(7)
    const run = async (total) => {
      let left = total
      const worker = async () => {
        while (left-- > 0) check(await ask(body), bytes)
      }
      await Promise.all(Array.from({ length: inFlight }, worker))
    }
    await run(warmUp)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const startedAt = performance.now()
    await run(count)
    const perSecond = count / ((performance.now() - startedAt) / 1000)
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

function check(answer, bytes) {
  if (answer.length !== bytes) throw new Error(`an answer of ${answer.length} bytes, not ${bytes}`)
}

process.on('message', async ({ id, type, ...rest }) => {
  try {
    process.send({ id, type: 'answer', answer: await commands[type](rest) })
  } catch (error) {
    process.send({ id, type: 'problem', text: String(error?.stack ?? error) })
  }
})
process.on('disconnect', () => process.exit())
process.send({ type: 'ready' })
