// Foreign: no member of another cluster, and no process that never was, is ever admitted to a view.
import type { CoreView } from '@rollcall/membership/internal'
import { type CheckFactory, InvariantError } from '../check.ts'
import type { SimMember } from '../sim-member.ts'

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
  return {
    event(observer, event) {
      if (event.type === 'member-joined' || event.type === 'member-restarted') checkView(observer, event.view)
    },
  }
}
