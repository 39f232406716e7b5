// `npm run fuzz`: bad frames, made of recorded ones, against a whole member.
import { record } from './corpus.ts'
import { heapInUse } from './heap.ts'
import { fuzzLive } from './live.ts'
import { MemberRig } from './member-rig.ts'
import { type FuzzOptions, readOptions, usage } from './options.ts'

/** What is compiled and cached on the way is there before anything is measured. */
const WARM_UP_FRAMES = 100_000
/** What may be left of it in the heap. */
const MOST_GROWTH = 0.05
const PROGRESS_EVERY_MS = 30_000

process.on('unhandledRejection', (error) => {
  console.error('unhandled rejection', error)
  process.exit(1)
})

async function fuzzInMemory({ frames, seed }: FuzzOptions): Promise<string[]> {
  const corpus = await record()
  console.log(`recorded ${corpus.kinds.length} kinds of frames, ${corpus.items.length} items of messages`)
  await new MemberRig(seed + 1, corpus).run(Math.min(frames, WARM_UP_FRAMES))
  const before = await heapInUse()
  const startedAt = performance.now()
  let toldAt = startedAt
  const rig = new MemberRig(seed, corpus)
  await rig.run(frames, (done) => {
    if (performance.now() - toldAt < PROGRESS_EVERY_MS) return
    toldAt = performance.now()
    console.log(`${done} frames in ${Math.round((toldAt - startedAt) / 1000)} s`)
  })
  const { counters, ...totals } = rig.totals
  const seconds = (performance.now() - startedAt) / 1000
  console.log(`${JSON.stringify(totals)} in ${seconds.toFixed(1)} s\ncounters ${JSON.stringify(counters)}`)
  const growth = (await heapInUse()) / before - 1
  console.log(`heap ${(before / 1e6).toFixed(1)} MB, and ${(growth * 100).toFixed(1)} % more after that`)
  return growth <= MOST_GROWTH ? [] : ['the heap has grown']
}

try {
  const command = readOptions(process.argv.slice(2), () => Math.floor(Math.random() * 2 ** 31))
  if (command.type === 'help') console.log(usage)
  else {
    console.log(`${command.frames} frames, seed ${command.seed}${command.isLive ? ', live' : ''}`)
    const wrong = command.isLive ? await fuzzLive(command, console.log) : await fuzzInMemory(command)
    for (const line of wrong) console.error(line)
    process.exitCode = wrong.length === 0 ? 0 : 1
  }
} catch (error) {
  console.error(error instanceof RangeError ? `${error.message}\nSee npm run fuzz -- --help` : error)
  process.exitCode = 1
}
