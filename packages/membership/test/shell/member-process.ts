// A member in a process of its own, for tests that kill it. Arguments: name, seed address, signals (or nothing). It
// prints its address once it has joined, and `closed` when it has left.
import { once } from 'node:events'
import { type JoinOptions, join } from '../../src/index.ts'
import { leaveOnSignals } from '../../src/shell/signals.ts'

const [name = '', seed = '', signals = ''] = process.argv.slice(2)
const options: JoinOptions = { name, seeds: async () => [seed], host: '127.0.0.1', port: 0 }
const leavesOnSignals = ['signals', 'handover', 'endless-handover', 'terminates', 'blocked'].includes(signals)
const cluster = await join(leavesOnSignals ? { ...options, signals: true } : options)
if (signals === 'slow-leave') {
  // Goodbyes that nobody would wait for.
  leaveOnSignals(['SIGTERM'], () => {
    console.log('signal')
    return new Promise(() => {})
  })
}
if (signals === 'handover' || signals === 'endless-handover') {
  cluster.beforeGoodbye(async ({ view }) => {
    // Listened for before anybody is told that it may come.
    const told = once(process, signals === 'handover' ? 'SIGUSR2' : 'never')
    console.log(`handing over ${view.self.leaving}`)
    await told
    console.log('handed over')
  })
}
if (signals === 'blocked') {
  cluster.beforeGoodbye(() => new Promise((resolve) => setTimeout(resolve, 100)))
  // A second signal comes while the first is still being answered, which takes long.
  cluster.on('member-leaving', () => {
    process.kill(process.pid, 'SIGTERM')
    const end = performance.now() + 500
    while (performance.now() < end);
  })
}
if (signals === 'other-listener') {
  // The host program ends in its own way.
  process.on('SIGTERM', async () => {
    await cluster.leave()
    process.exitCode = 7
  })
}
if (signals === 'terminates') {
  setInterval(() => {}, 1000)
  setImmediate(() => process.kill(process.pid, 'SIGTERM'))
}
cluster.closed.then(() => console.log('closed'))
console.log(cluster.view.self.addresses[0])
