// "Read everything that had arrived": what the core asks for before it judges an expired deadline, because a process that was
// stopped or busy runs its timers before it reads its sockets.
//
// One turn of the event loop is: timers, poll (all sockets that are ready are read), check (setImmediate). Asked from
// a timer, the next check phase comes after a whole poll phase. Asked from a socket callback, the rest of that poll
// phase does not count: its list of ready sockets was made before. So two rounds of setImmediate hold one poll
// phase in full. That one may only have accepted a connection, finished a handshake, or read the first 64 KiB of more
// (`ws` pauses a socket after a large chunk), and each of these needs another. So rounds go on until one brought
// nothing, and stop after a few, for a busy member is never quiet.

const MIN_ROUNDS = 2
const MAX_ROUNDS = 8

/**
 * Calls `done` once the event loop has read what had arrived. `activity` is any number that grows with every sign of
 * a socket.
 */
export function afterDrain(activity: () => number, done: () => void): void {
  let before = activity()
  let rounds = 0
  const round = () => {
    rounds++
    const now = activity()
    const quiet = now === before
    before = now
    if ((quiet && rounds >= MIN_ROUNDS) || rounds >= MAX_ROUNDS) done()
    else setImmediate(round)
  }
  setImmediate(round)
}
