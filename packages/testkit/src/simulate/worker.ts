// The program of a worker process; see worker-pool.ts.
import { realParts } from '../sim/real-parts.ts'
import { type Job, work } from './work.ts'

// Where nobody takes the answer any more, `disconnect` follows.
process.on('message', (job: Job) => process.send?.(work(job, realParts), () => {}))
// On Ctrl-C the terminal tells everyone; the process that started us decides what happens.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
