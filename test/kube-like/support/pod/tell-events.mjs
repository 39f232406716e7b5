// To be loaded before a program (`node --import`): prints what its Cluster objects say, each event as a line of JSON after
// `event `, so that a test can look into a program as it is.
import { EventEmitter } from 'node:events'

const { on } = EventEmitter.prototype
const heard = new WeakSet()

EventEmitter.prototype.on = function (event, listener) {
  // Whoever has a name for this event is a Cluster.
  if (event === 'view-changed' && !heard.has(this)) {
    heard.add(this)
    listen(this)
  }
  return on.call(this, event, listener)
}

function listen(cluster) {
  const say = (what) => console.log(`event ${JSON.stringify({ atMs: Date.now(), ...what })}`)
  on.call(cluster, 'view-changed', ({ view }) => {
    const members = view.members.map(({ name, state, addresses }) => ({ name, state, addresses }))
    say({ type: 'view', members })
  })
  for (const type of [
    'member-failed',
    'member-recovered',
    'member-restarted',
    'member-left',
    'superseded',
    'isolated',
  ]) {
    on.call(cluster, type, ({ member, why }) => say({ type, member: member?.name, why }))
  }
}
