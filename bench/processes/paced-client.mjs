// Sends commands of the Redis protocol at a given rate over some connections, and times each from when it was due.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { tests } from './redis-commands.mjs'

const CONNECTIONS = 10
/** Times are counted in steps of 10 µs, up to 20 s. */
const STEP_MS = 0.01
const STEPS = 2_000_000

process.on('message', async ({ id, ...pace }) => {
  try {
    const before = process.cpuUsage()
    const times = await run(pace)
    const { user, system } = process.cpuUsage(before)
    process.send({ id, type: 'answer', answer: { ...times, cpuUs: user + system } })
  } catch (error) {
    process.send({ id, type: 'error', text: String(error) })
  }
})
process.on('disconnect', () => process.exit())
process.send({ type: 'ready' })

async function run({ port, test, keys, perSecond, forMs }) {
  const counts = new Uint32Array(STEPS)
  let received = 0
  const lines = await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      open(port, test, (dueMs) => {
        received++
        counts[Math.min(STEPS - 1, Math.floor((performance.now() - dueMs) / STEP_MS))]++
      }),
    ),
  )
  const startMs = performance.now()
  const total = Math.floor((perSecond * forMs) / 1000)
  const dueMs = (index) => startMs + (index / perSecond) * 1000
  let sent = 0
  while (received < total) {
    const now = performance.now()
    const perLine = lines.map(() => [])
    for (; sent < total && dueMs(sent) <= now; sent++) perLine[sent % CONNECTIONS].push(dueMs(sent))
    for (const [index, dues] of perLine.entries()) lines[index].send(dues, keys)
    await pause(1)
    if (now > startMs + forMs + 30_000) throw new Error(`only ${received} of ${total} were answered`)
  }
  for (const line of lines) line.close()
  return { sent: total, ...quantiles(counts, total) }
}

/** A connection whose replies all have the same length. */
async function open(port, test, done) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const { command, reply } = tests[test]
  const replyBytes = reply.length
  const waiting = []
  let first = 0
  let bytes = 0
  socket.on('data', (chunk) => {
    if (chunk.includes('-')) throw new Error(`refused: ${chunk.toString().slice(0, 200)}`)
    for (bytes += chunk.length; bytes >= replyBytes; bytes -= replyBytes) done(waiting[first++])
    if (first > 10_000) {
      waiting.splice(0, first)
      first = 0
    }
  })
  return {
    send(dues, keys) {
      if (dues.length === 0) return
      waiting.push(...dues)
      const commands = dues.map(() => command(Math.floor(Math.random() * keys)))
      socket.write(commands.join(''))
    },
    close: () => socket.destroy(),
  }
}

function quantiles(counts, total) {
  const at = (share) => {
    let left = Math.ceil(share * total)
    const index = counts.findIndex((count) => {
      left -= count
      return left <= 0
    })
    return (index + 1) * STEP_MS
  }
  return { medianMs: at(0.5), p99Ms: at(0.99), worstMs: at(1) }
}
