// TypeScript that uses the published packages as somebody's program would. Type-checked by scripts/check-packages.mjs
// in a folder where they were installed with npm, strictly and with the libraries' own declarations checked too.
import {
  type Cluster,
  join,
  type Member,
  RollcallError,
  type SharedKey,
  type View,
} from '@rollcall/membership'
import { diff, type Placement, place, placementMembers } from '@rollcall/ring'
import { combine, headlessService, type SeedSource, staticSeeds } from '@rollcall/seed'
import { createProxy, type ProxyOptions } from '@rollcall/testkit'

const source: SeedSource = combine(headlessService('cache'), staticSeeds(['127.0.0.1:7946']))

/** Joins, waits for company and leaves; returns the names of those who were present. */
export async function whoIsHere(): Promise<string[]> {
  const key: SharedKey = { id: 'a', secret: process.env.CLUSTER_SECRET ?? '' }
  await using cluster: Cluster = await join({ seeds: source, security: { keys: [key] } })
  cluster.on('member-failed', ({ member, view }) => console.log(member.name, view.number))
  const view: View = await cluster.settled({ minMembers: 2 })
  return view.members.filter(({ state }) => state === 'alive').map(({ name }) => name)
}

/** A bare function is a source of seeds too. */
export async function joinByFunction(): Promise<string> {
  try {
    const cluster = await join({ seeds: async () => ['127.0.0.1:7946'] })
    await cluster.leave({ timeoutMs: 1000 })
    return 'left'
  } catch (error) {
    return error instanceof RollcallError ? error.code : 'unknown'
  }
}

/** Places keys by the metadata of the members, and says who has to give something to whom after a change. */
export function whoOwnsWhat(before: View<{ zone?: string }>, after: View<{ zone?: string }>): string[] {
  type Placed = Placement<Member<{ zone?: string }>>
  const old: Placed = place(placementMembers(before), { zone: ({ metadata }) => metadata?.zone })
  const now: Placed = old.with(placementMembers(after))
  const [first] = now.owners(new Uint8Array([1, 2, 3]), 2).owners
  return [
    first?.member.instance ?? '',
    ...diff(old, now, 2)
      .of('cache-0')
      .gained.map(({ sources }) => `${sources[0]?.name}`),
  ]
}

/** Cuts the network in front of a process for a while. */
export async function cutForAWhile(options: ProxyOptions, untilRepaired: Promise<void>): Promise<number> {
  await using proxy = await createProxy(options)
  await proxy.cut({ connects: 'hang' })
  await untilRepaired
  await proxy.rejoin()
  return proxy.counters.bytesToClient
}

// @ts-expect-error An option that is missing is an error, so the types are really there.
join({ security: 'none' }).catch(() => undefined)
