// What is printed when all pods are ready: where they are, and what to try.
import type { PodPlace } from './pod.ts'

export interface Running extends PodPlace {
  readonly pid: number | undefined
}

export function welcome(host: string, pods: readonly Running[]): string {
  const rows = pods.map(({ name, pid, respPort, httpPort }) => [
    name,
    `${pid ?? '-'}`,
    `redis-cli -p ${respPort}`,
    `http://${host}:${httpPort}`,
  ])
  const [first, last] = [pods[0] as Running, pods.at(-1) as Running]
  return `
${table([['pod', 'process', 'Redis protocol', 'HTTP'], ...rows])}

Any pod answers for any key. In another terminal:

  redis-cli -p ${first.respPort} SET greeting hello EX 600
  redis-cli -p ${last.respPort} GET greeting
  curl -X PUT -H 'ttl-ms: 600000' --data-binary @package.json http://${host}:${first.httpPort}/cache/file
  curl -i http://${host}:${last.httpPort}/cache/greeting
  kill -9 ${first.pid}${' '.repeat(Math.max(1, 12 - `${first.pid}`.length))}# the others go on with all keys, and it is started again

Ctrl-C ends all pods.
`
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd())
    .join('\n')
}
