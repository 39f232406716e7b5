// Decides about the writes that other pods forward: each is done, or refused; never passed on.
import type { Cluster, HandlerContext } from '@rollcall/membership'
import type { Standing } from '../placement/standing.ts'
import type { Time } from '../time.ts'
import { ByteReader, ByteWriter } from '../wire/bytes.ts'
import { giveUpTopic, largeWriteTopic, writeTopic } from '../wire/topics.ts'
import { serveOperations } from '../wire/transfer.ts'
import type { Coordinator } from './coordinator.ts'
import { type Outcome, refused, type Write } from './write.ts'
import { readWrite, writeOutcome } from './write-wire.ts'

export interface WriteServiceParts {
  readonly cluster: Cluster
  readonly time: Time
  readonly standing: Standing
  readonly coordinator: Coordinator
}

export function serveWrites({ cluster, time, standing, coordinator }: WriteServiceParts): void {
  const batches = new Set<Batch>()
  serveOperations(cluster, writeTopic, largeWriteTopic, (context) => {
    const isCurrent = standing.trust.isCurrent(context.from)
    return (body) => decide(body, context, isCurrent)
  })

  async function decide(
    body: Uint8Array,
    { from, signal }: HandlerContext,
    isCurrent: boolean,
  ): Promise<Uint8Array> {
    const reader = new ByteReader(body)
    reader.text() // The placement of the asker: who has all of a partition decides, whatever the asker thinks.
    const writes: Write[] = []
    while (!reader.isAtEnd) writes.push(readWrite(reader, time.now()))
    if (!isCurrent) return answerOf(writes.map(() => refused('NOT_HERE')))
    const batch = { instance: from.instance, writes }
    batches.add(batch)
    // The asker, if it is still there, has another owner decide: begun again here, it would come above what is written since.
    signal.addEventListener('abort', () => giveUp(writes), { once: true })
    if (signal.aborted) giveUp(writes)
    return decideAll(coordinator, writes).finally(() => batches.delete(batch))
  }

  cluster.serve(giveUpTopic, (body, { from }) => {
    const reader = new ByteReader(body)
    reader.text()
    const numbers = new Set<number>()
    while (!reader.isAtEnd) numbers.add(reader.u32())
    for (const { instance, writes } of batches) {
      if (instance === from.instance) giveUp(writes.filter(({ number }) => numbers.has(number)))
    }
    return new Uint8Array(0)
  })
}

/** Writes of one pod that are under way. */
interface Batch {
  readonly instance: string
  readonly writes: readonly Write[]
}

function giveUp(writes: readonly Write[]): void {
  for (const write of writes) write.isGivenUp = true
}

/** Resolves with all outcomes, in order. */
function decideAll(coordinator: Coordinator, writes: readonly Write[]): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const outcomes = new Array<Outcome>(writes.length)
    let open = writes.length
    writes.forEach((write, i) => {
      coordinator.decide(write, (outcome) => {
        outcomes[i] = outcome
        if (--open === 0) resolve(answerOf(outcomes))
      })
    })
    if (writes.length === 0) resolve(new Uint8Array(0))
  })
}

function answerOf(outcomes: readonly Outcome[]): Uint8Array {
  const writer = new ByteWriter()
  for (const outcome of outcomes) writeOutcome(writer, outcome)
  return writer.finish()
}
