// Makes bad frames of good ones. Most keep their form as far as the bad place, so that what lies behind the first checks is
// reached too.
import type { RandomStream } from '@rollcall/testkit'
import type { Corpus, Recorded } from './corpus.ts'
import { mutateItems } from './message-items.ts'
import { mutateTree, writeTree } from './msgpack-tree.ts'

/** A frame made of recorded ones. */
export function mutated(random: RandomStream, corpus: Corpus): Buffer {
  let frame = withForm(random, corpus, corpus.pick(random))
  while (random.chance(0.2)) frame = mutateBytes(random, frame, corpus.pick(random).bytes)
  return frame
}

function withForm(random: RandomStream, corpus: Corpus, { bytes, items, tree }: Recorded): Buffer {
  if (random.chance(0.1)) return mutateBytes(random, bytes, corpus.pick(random).bytes)
  if (items !== undefined) return mutateItems(random, items, corpus)
  if (tree === undefined) return mutateBytes(random, bytes, corpus.pick(random).bytes)
  const other = corpus.tree(random)
  let changed = mutateTree(random, tree, other)
  while (random.chance(0.3)) changed = mutateTree(random, changed, other)
  const lies = random.chance(0.05)
  return writeTree(changed, lies ? (count) => (random.chance(0.2) ? lie(random, count) : count) : undefined)
}

function lie(random: RandomStream, count: number): number {
  return random.pick([count + 1, Math.max(0, count - 1), 0, 15, 16, 65_535, 65_536, 2 ** 24, 2 ** 32 - 1])
}

/** Changes bytes, whatever they mean. */
export function mutateBytes(random: RandomStream, bytes: Buffer, other: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  const at = random.below(copy.length + 1)
  const end = at + random.below(16)
  switch (random.below(7)) {
    case 0:
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (1 << random.below(8))
      return copy
    case 1:
      if (at < copy.length) copy[at] = random.pick([0, 0x7f, 0x80, 0xff, 0xc1, 0xdd, 0xdb, 0xc9, 0x91])
      return copy
    case 2:
      return copy.subarray(0, at)
    case 3:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(end)])
    case 4:
      return Buffer.concat([copy.subarray(0, end), copy.subarray(at)])
    case 5:
      return Buffer.concat([copy.subarray(0, at), other.subarray(random.below(other.length + 1))])
    default:
      for (let i = at; i < Math.min(end, copy.length); i++) copy[i] = random.below(256)
      return copy
  }
}
