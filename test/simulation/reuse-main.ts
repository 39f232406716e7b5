// `npm run reuse -- [reuses] [seed]`: addresses that go from one cluster to another, in virtual time.
import { reuseAddresses } from './address-reuse.ts'

const [reuses = '10000', seed = '1'] = process.argv.slice(2)
const startedAt = performance.now()
const result = reuseAddresses(Number(reuses), Number(seed))
const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
console.log(
  `${result.reuses} addresses reused, ${result.admitted.length} foreign members admitted, ` +
    `${result.refused} hellos refused by those that lived in the end, ${result.missing.length} own members missing; ${seconds} s`,
)
for (const line of [...result.admitted, ...result.missing].slice(0, 10)) console.log(line)
process.exitCode = result.admitted.length + result.missing.length === 0 ? 0 : 1
