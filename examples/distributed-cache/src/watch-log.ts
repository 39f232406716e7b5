// What happens around a pod while it runs, for its log: one line for each event, in the words of those who look at it at night.
import type { Cluster, ClusterEvents } from '@rollcall/membership'
import type { Cache } from './cache.ts'

type Cause = ClusterEvents['member-failed'][0]['why']
type Say = (text: string) => void

/** Says who comes and goes, what becomes of the majority, and which pods keep another number of copies. */
export function watchLog(cluster: Cluster, cache: Pick<Cache, 'mismatch'>, say: Say): void {
  cluster.on('member-joined', ({ member }) => say(`sees ${member.name}: joined`))
  cluster.on('member-restarted', ({ member }) => say(`sees ${member.name}: started again`))
  cluster.on('member-left', ({ member }) => say(`sees ${member.name}: left`))
  cluster.on('member-failed', ({ member, why }) => say(`sees ${member.name}: failed (${reasonOf(why)})`))
  cluster.on('member-recovered', ({ member, previous }) => {
    // A suspicion that came to nothing is none of the log's business.
    if (previous.state === 'failed') say(`sees ${member.name}: came back`)
  })
  cluster.on('isolated', ({ isolated, known, listed }) =>
    say(
      isolated
        ? `is isolated: it hears none of ${known} pods that it knows, and of ${listed} addresses that are listed`
        : 'is isolated no more',
    ),
  )
  cluster.on('quorum-changed', ({ quorum: { state, present, expected }, previous }) => {
    if (state === previous.state || state === 'unknown') return
    const what = state === 'minority' ? ', and writes are refused' : ''
    say(`is in a ${state}: ${present} of ${expected} pods can be counted on${what}`)
  })
  let told: string | undefined
  cluster.on('view-changed', () => {
    const { mismatch } = cache
    if (mismatch !== undefined && mismatch !== told) say(`warns: ${mismatch}`)
    told = mismatch
  })
}

/** Why a pod is taken for dead. */
function reasonOf(why: Cause): string {
  const ground = why.type === 'told' ? why.verdict?.ground : why.type
  const from = why.type === 'told' ? `, as ${why.verdict?.by ?? why.by} found` : ''
  return `${ground === undefined ? 'no reason told' : grounds[ground]}${from}`
}

const grounds = {
  'connection-refused': 'its address refuses connections',
  'address-gone': 'its address is gone',
  silence: 'it does not answer',
} as const
