// `npm run fuzz`: bad frames, made of recorded ones, against a whole member.
import { record } from './corpus.ts'
import { heapInUse, megabytes } from './heap.ts'
import { fuzzLive } from './live.ts'
import { MemberRig } from './member-rig.ts'
import { type FuzzOptions, readOptions, usage } from './options.ts'

/** What is compiled and cached on the way is there before anything is measured. */
const WARM_UP_FRAMES = 100_000
/** What may be left of it in the heap. */
const MOST_GROWTH = 0.05
/** How often the heap is looked at on the way. */
const LOOKS = 10

process.on('unhandledRejection', (error) => {
  console.error('unhandled rejection', error)
  process.exit(1)
})

async function fuzzInMemory({ frames, seed }: FuzzOptions): Promise<string[]> {
  const corpus = await record()
  console.log(`recorded ${corpus.kinds.length} kinds of frames, ${corpus.items.length} items of messages`)
  await new MemberRig(seed + 1, corpus).run(Math.min(frames, WARM_UP_FRAMES))
  const before = await heapInUse()
  console.log(`heap ${megabytes(before)} after warming up`)
  const startedAt = performance.now()
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1)
  let lookAt = frames / LOOKS
  const rig = new MemberRig(seed, corpus)
  await rig.run(frames, async (done) => {
    if (done < lookAt) return
    while (lookAt <= done) lookAt += frames / LOOKS
    console.log(`${done} frames in ${seconds()} s, heap ${megabytes(await heapInUse())}`)
  })
  const { counters, ...totals } = rig.totals
  console.log(`${JSON.stringify(totals)} in ${seconds()} s\ncounters ${JSON.stringify(counters)}`)
  const growth = (await heapInUse()) / before - 1
  console.log(`heap at the end ${(growth * 100).toFixed(1)} % above its start`)
  return growth <= MOST_GROWTH ? [] : ['the heap has grown']
}

try {
  const command = readOptions(process.argv.slice(2), () => Math.floor(Math.random() * 2 ** 31))
  if (command.type === 'help') console.log(usage)
  else {
    console.log(`${command.frames} frames, seed ${command.seed}${command.isLive ? ', live' : ''}`)
    const wrong = command.isLive
      ? await fuzzLive(command, { say: console.log, isBuilt: true })
      : await fuzzInMemory(command)
    for (const line of wrong) console.error(line)
    process.exitCode = wrong.length === 0 ? 0 : 1
  }
} catch (error) {
  console.error(error instanceof RangeError ? `${error.message}\nSee npm run fuzz -- --help` : error)
  process.exitCode = 1
}
