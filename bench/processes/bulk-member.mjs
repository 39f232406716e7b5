// One of three members in a process of its own: asks small questions and pulls streams as it is told over IPC.
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { join, streamTopic, topic } from '@rollcall/membership'
import { answer } from './answer.mjs'
import { pingPong } from './ping-pong.mjs'

const echo = topic('bench.echo')
const bulk = streamTopic('bench.bulk')
const chunk = new Uint8Array(64 * 1024).fill(7)

const loopDelay = monitorEventLoopDelay({ resolution: 1 })
let cluster
let suspicions = 0
let stopped

const commands = {
  async join({ name, host, seeds }) {
    cluster = await join({ name, host, port: 0, seeds: async () => seeds })
    cluster.serve(echo, (body) => body)
    cluster.serve(bulk, async function* ({ bytes }) {
      for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk
    })
    for (const type of ['member-suspected', 'member-failed']) cluster.on(type, () => suspicions++)
    return { address: cluster.view.self.addresses[0] }
  },
  async settled({ members }) {
    await cluster.settled({ minMembers: members })
    return {}
  },
  /** One small question after the other, for some time; times in microseconds. */
  async pingPong({ to, bytes, forMs }) {
    const body = new Uint8Array(bytes)
    return pingPong(() => cluster.request(to, echo, body), forMs)
  },
  /** Pulls so many bytes from each of these members, all at once. */
  async pull({ from, bytes }) {
    stopped = new AbortController()
    loopDelay.reset()
    loopDelay.enable()
    const startedAt = performance.now()
    const counts = await Promise.all(from.map((name) => pullFrom(name, bytes, stopped.signal)))
    loopDelay.disable()
    return {
      seconds: (performance.now() - startedAt) / 1000,
      bytes: counts.reduce((sum, count) => sum + count, 0),
      loopDelayP99Ms: loopDelay.percentile(99) / 1e6,
    }
  },
  stop() {
    stopped?.abort()
    return {}
  },
  suspicions: () => ({ count: suspicions }),
}

async function pullFrom(name, bytes, signal) {
  let received = 0
  try {
    for await (const part of cluster.stream(name, bulk, { bytes }, { signal })) received += part.length
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return received
}

answer(commands)
