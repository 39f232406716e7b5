// Ways to break the protocol on purpose. Each is a piece of the source and what stands there in the mutant; the
// plan of the same name in plans/ catches it.

/** One broken rule. */
export interface Mutation {
  readonly name: string
  /** The folder in packages/membership/src; default core. */
  readonly part?: 'core' | 'messages'
  readonly file: string
  /** Text that occurs there exactly once. */
  readonly find: string
  readonly replace: string
  /** No invariant tells of it: it makes members suspected that run, in a run in which the real protocol suspects none. */
  readonly suspects?: true
}

/** All of them. */
export const mutations: readonly Mutation[] = [
  {
    name: 'skip refutation',
    file: 'self.ts',
    find: 'if (!claimsWrong && fact.incarnation <= self.incarnation) return',
    replace: 'return',
  },
  {
    name: 'ignore generation',
    file: 'identity.ts',
    find: 'if (a.generation !== b.generation) return a.generation - b.generation',
    replace: '',
  },
  {
    name: 'no tombstone',
    file: 'reaper.ts',
    find: 'if (index < excess || clock.now - entry.since >= tombstoneMs) table',
    replace: 'table',
  },
  {
    name: 'judge before drained',
    file: 'core.ts',
    find: "outbox.push({ type: 'drain' })",
    replace: 'this.#judge()',
  },
  {
    name: 'count a reset as a refusal',
    file: 'death-case.ts',
    find: 'if (open.dialedAt === undefined || open.results.size === 0) return undefined',
    replace:
      "if (open.brokeAt !== undefined && open.refusals === 0) return 'refused'\n  if (open.dialedAt === undefined || open.results.size === 0) return undefined",
  },
  {
    name: 'no veto',
    file: 'death-watch.ts',
    find: 'this.#parts.sendVeto(life)',
    replace: '',
  },
  {
    name: 'prefer no renewal',
    file: 'contest.ts',
    find: 'if (a.renewal !== b.renewal) return a.renewal > b.renewal',
    replace: '',
  },
  {
    name: 'keep the silent link in a tie',
    file: 'contest.ts',
    find: 'const answering = rivals.filter((link) => contest.answered.has(link.id))',
    replace: 'const answering = rivals',
  },
  {
    name: 'hash over suspicion',
    file: 'member-table.ts',
    find: "const standing = isPresent(entry) ? 'present' : entry.state",
    replace: 'const standing = entry.state',
  },
  {
    name: 'raise the incarnation of others',
    file: 'roster.ts',
    find: 'this.#put({ ...entry, state, since: now }, entry, why)',
    replace:
      'this.#put({ ...entry, state, since: now, incarnation: entry.incarnation + (state === "failed" ? 1 : 0) }, entry, why)',
  },
  {
    name: 'take in older facts',
    file: 'roster.ts',
    find: "if (order < 0 || (order === 0 && !fillsRecord)) return order < 0 ? 'stale' : 'known'",
    replace: "if (order === 0 && !fillsRecord) return 'known'",
  },
  {
    name: 'give up after some redials',
    file: 'dial-plan.ts',
    find: 'target.nextAt = now +',
    replace: 'target.nextAt = target.attempts > 4 ? Number.POSITIVE_INFINITY : now +',
  },
  {
    name: 'never judge a suspect',
    file: 'suspicion.ts',
    find: 'return this.#startedAt + (this.confirmations >= needed ? failAfterMs : failUnconfirmedAfterMs)',
    replace: 'return Number.POSITIVE_INFINITY',
  },
  {
    name: 'take no goodbye',
    file: 'receive-frame.ts',
    find: 'parts.news.take(goodbye.self, link)',
    replace: '',
  },
  {
    name: 'need no confirmations',
    file: 'suspicion.ts',
    find: 'this.confirmations >= needed ? failAfterMs : failUnconfirmedAfterMs',
    replace: 'failAfterMs',
  },
  {
    name: 'count one observer again and again',
    file: 'suspicion.ts',
    find: 'if (this.#observers.has(by)) return false\n    this.#observers.add(by)',
    replace: 'this.#observers.add(by + this.#observers.size)',
  },
  {
    name: 'half is a majority',
    file: 'quorum.ts',
    find: 'const isMost = 2 * present > expected',
    replace: 'const isMost = 2 * present >= expected',
  },
  {
    name: 'suspects vote',
    file: 'quorum.ts',
    find: "this.#roll.put(name, state === 'alive' && !forgotten)",
    replace: 'this.#roll.put(name, isPresent(entry))',
  },
  {
    name: 'count others while isolated',
    file: 'quorum.ts',
    find: 'if (this.#parts.isIsolated()) return 1',
    replace: '',
  },
  {
    name: 'acknowledge no goodbye',
    file: 'receive-frame.ts',
    find: "parts.outbox.send(link.id, { type: 'goodbye-ack' })",
    replace: '',
  },
  {
    name: 'accuse as soon when isolated',
    file: 'accusations.ts',
    find: 'return isIsolated() && table.presentCount > 2 && !isRefused(life)',
    replace: 'return false',
  },
  {
    name: 'admit by hearsay',
    file: 'roster.ts',
    find: "if (!isTerminal(fact.state)) return 'stranger'\n    if (entry === undefined && fact.forgotten)",
    replace: 'if (entry === undefined && fact.forgotten)',
  },
  {
    name: 'never compare views',
    file: 'repair.ts',
    find: 'if (link.mismatches < MISMATCHES_BEFORE_REPAIR || this.#parts.clock.now < this.#nextAt) return',
    replace: 'return',
  },
  {
    name: 'deliver at once',
    part: 'messages',
    file: 'incoming.ts',
    find: 'if (ahead === 0) {',
    replace: 'if (ahead >= 0) {\n      this.#next = number',
  },
  {
    name: 'go on after a break',
    part: 'messages',
    file: 'peer-session.ts',
    find: 'if (!isWhole && link.carriedEpoch === this.#epoch) this.breakOff()',
    replace: '',
  },
  {
    name: 'take items of an older epoch',
    part: 'messages',
    file: 'peer-session.ts',
    find: 'if (link.receivedEpoch < this.#epoch) {',
    replace: 'if (link.receivedEpoch < 0) {',
  },
  {
    name: 'let the end of a stream pass its chunks',
    part: 'messages',
    file: 'outgoing.ts',
    find: 'if (!this.#chunks.pushEnd(item)) this.#messages.push(item)',
    replace: 'this.#messages.push(item)',
  },
  {
    name: 'wait for no veto',
    file: 'votes.ts',
    find: 'if (lived < open.enoughLived + options.addressGoneMs) return undefined',
    replace: '',
  },
  {
    name: 'count stalls as lived',
    file: 'lived-clock.ts',
    find: 'this.lived += Math.min(step, allowed)',
    replace: 'this.lived += step',
  },
  {
    name: 'count silence from the judgement',
    file: 'accusations.ts',
    find: 'const startedAt = Math.max(sentLived, this.#earliestStart())\n    let suspicion',
    replace: 'const startedAt = this.#parts.clock.lived\n    let suspicion',
  },
  {
    name: 'local health is always good',
    file: 'local-health.ts',
    find: 'return 1 + this.#score',
    replace: 'return 1',
    suspects: true,
  },
  {
    name: 'vote without most of its links',
    file: 'death-watch.ts',
    find: 'if (!alone && this.#parts.order.lostMajority) return',
    replace: '',
    suspects: true,
  },
  {
    name: 'tell no exceptions',
    file: 'exceptions.ts',
    find: 'if (link.exceptionsTold === this.#own) return {}',
    replace: 'if (link !== undefined) return {}',
    suspects: true,
  },
  {
    name: 'wait no longer while bytes arrive',
    file: 'prober.ts',
    find: 'if (link !== undefined && !probe.extended && link.heardAt > probe.sentLived) {',
    replace: 'if (link !== undefined && !probe.extended && link.heardAt > Number.POSITIVE_INFINITY) {',
    suspects: true,
  },
]
