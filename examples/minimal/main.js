import { join } from '@rollcall/membership'
import { headlessService } from '@rollcall/seed'

const cluster = await join({ seeds: headlessService('cache'), signals: true })

cluster.on('member-joined', ({ member }) => console.log(`${member.name} is here`))
cluster.on('member-failed', ({ member, why }) => console.log(`${member.name} is dead`, why))

await cluster.settled({ minMembers: 3 })
console.log(cluster.view.members.map(({ name, state }) => `${name} ${state}`))
