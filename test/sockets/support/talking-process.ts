// A member that asks all others, again and again, for as long as it lives. Its one argument is a `TalkingConfig` as JSON;
// it prints what becomes of that, and what it is told, now and then.
import { type Cluster, join, type Member, type Security, topic } from '@rollcall/membership'

/** What a talking member is given. */
export interface TalkingConfig {
  readonly name: string
  readonly seeds: readonly string[]
  readonly security: Security
}

/** How a talking member stands. */
export interface Talk {
  readonly alive: number
  /** Requests that were answered with what was asked. */
  readonly answered: number
  /** What else became of requests: the code of each error, or the wrong answer. */
  readonly failed: readonly string[]
  /** Suspicions, verdicts and the like that it was told, as `type name`. */
  readonly told: readonly string[]
  readonly security: ReturnType<Cluster['diagnosis']>['security']
}

const SAY_EVERY_MS = 100

const { seeds, security, name }: TalkingConfig = JSON.parse(process.argv[2] ?? '{}')
const where = { host: '127.0.0.1', port: 0, seeds: async () => seeds }
const cluster = await join({ name, ...where, security })
const echo = topic('echo')
cluster.serve(echo, (body) => body)
const told: string[] = []
for (const type of ['member-suspected', 'member-failed'] as const)
  cluster.on(type, ({ member }: { member: Member }) => told.push(`${type} ${member.name}`))
cluster.on('isolated', ({ isolated }) => isolated && told.push('isolated'))
console.log(`joined ${JSON.stringify(cluster.view.self.addresses[0])}`)

let answered = 0
const failed: string[] = []
setInterval(() => {
  const alive = cluster.view.members.filter(({ state }) => state === 'alive').length
  const talk: Talk = { alive, answered, failed, told, security: cluster.diagnosis().security }
  console.log(`talk ${JSON.stringify(talk)}`)
}, SAY_EVERY_MS)

for (let number = 0; ; number++) {
  const others = cluster.view.members.filter(({ isSelf }) => !isSelf)
  // Five processes may share two cores, and are to have time for each other.
  await new Promise((resolve) => setTimeout(resolve, 2))
  await Promise.all(others.map((other) => ask(other.name, number)))
}

async function ask(other: string, number: number): Promise<void> {
  try {
    const answer = await cluster.request(other, echo, number)
    if (answer === number) answered++
    else failed.push(`answer ${answer} to ${number}`)
  } catch (error) {
    failed.push((error as { code?: string }).code ?? String(error))
  }
}
