// Foreign: no member of another cluster, no process that never was, and nobody who is not connected is ever admitted to
// a view.
import { type CoreMember, type CoreView, isTerminal } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'
import { findLife } from '../truth.ts'

/** Looks at each view that comes with an event. */
export const foreign: CheckFactory = (simulation) => {
  const clusters = new Map<string, string>()
  let livesSeen = 0
  const clusterOf = (instance: string): string | undefined => {
    for (; livesSeen < simulation.lives.length; livesSeen++) {
      const life = simulation.lives[livesSeen]
      if (life) clusters.set(life.life.instance, life.cluster)
    }
    return clusters.get(instance)
  }
  const checkView = (observer: SimMember, view: CoreView) => {
    for (const { name, instance } of view.members) {
      const cluster = clusterOf(instance)
      if (cluster === observer.cluster) continue
      const what = cluster === undefined ? 'that never was' : `of the cluster "${cluster}"`
      const text = `${observer.label} admits a ${name} ${what}`
      throw new InvariantError('foreign', simulation.clock.now, text, [observer.label, name])
    }
  }
  const checkConnected = (observer: SimMember, member: CoreMember) => {
    const life = findLife(simulation, member)
    const isConnected = observer.process.openSockets().some(({ peer }) => peer?.loop === life?.process.loop)
    if (isConnected || isTerminal(member.state)) return
    const text = `${observer.label} admits ${member.name}, to which it has no connection`
    throw new InvariantError('foreign', simulation.clock.now, text, [observer.label, member.name])
  }
  return {
    event(observer, event) {
      if (event.type !== 'member-joined' && event.type !== 'member-restarted') return
      checkView(observer, event.view)
      checkConnected(observer, event.member)
    },
  }
}
