// `npm run torture`: the example's cache in a cluster on this machine, under load, restarted, scaled and killed.
import { describeMachine } from '../../bench/report/machine.ts'
import { whyNoKubeLike } from './support/requirements.ts'
import { readOptions, usage } from './torture/options.ts'
import { actHead, actLine, table } from './torture/report.ts'
import { cacheTarget } from './torture/target.ts'
import { torture } from './torture/torture.ts'
import { isLoss, judge } from './torture/verdict.ts'

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(usage)
    return
  }
  const obstacle = whyNoKubeLike()
  if (obstacle !== undefined) throw new Error(`this needs a cluster of namespaces: ${obstacle}`)
  // The namespaces are removed on the way out.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
  const { cpu, cores, memoryGiB, system, node, loadBefore } = describeMachine()
  console.log(
    `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${system}; Node ${node}; load ${loadBefore}\n\n${actHead}`,
  )
  const acts = await torture(cacheTarget(), options, (act) => console.log(actLine(act)))
  console.log(`\n${table(judge(acts))}`)
  if (isLoss(acts)) process.exitCode = 1
}

main().catch((error: Error) => {
  console.error(error.message)
  process.exit(1)
})
