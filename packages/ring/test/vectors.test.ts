// The same placement on every member: recorded once, to be met by every version, Node and processor. The packed
// package is checked against the same file on each supported Node by scripts/check-packages.mjs.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { partitionOf, place } from '../src/index.ts'
import { fromFields, names, type TestMember, table } from './support.ts'

interface Vectors {
  readonly keys: readonly { readonly text?: string; readonly hex?: string; readonly partition: number }[]
  readonly placements: readonly {
    readonly about: string
    /** Null stands for no bound, absent for the default. */
    readonly maxLoad?: number | null
    readonly members: readonly TestMember[]
    readonly id: string
    readonly samples: readonly { readonly partition: number; readonly owners: readonly string[] }[]
    /** Of the JSON of the names of three owners of each partition. */
    readonly sha256: string
  }[]
}

const file = new URL('./vectors.json', import.meta.url)
const vectors: Vectors = JSON.parse(readFileSync(file, 'utf8'))

describe('the recorded partitions', () => {
  it.each(vectors.keys)('hold for %j', ({ text, hex = '', partition }) => {
    expect(partitionOf(text ?? Buffer.from(hex, 'hex'))).toBe(partition)
  })
})

describe('the recorded placements', () => {
  it.each(vectors.placements)('hold for $about', ({ maxLoad, members, id, samples, sha256 }) => {
    const bound = maxLoad === undefined ? {} : { maxLoad: maxLoad ?? Number.POSITIVE_INFINITY }
    const placement = place(members, { ...fromFields, ...bound })
    expect(placement.id).toBe(id)
    for (const { partition, owners } of samples) {
      expect(names(placement.ownersOf(partition, 3).owners)).toEqual(owners)
    }
    const actual = createHash('sha256')
      .update(JSON.stringify(table(placement, 3)))
      .digest('hex')
    expect(actual).toBe(sha256)
  })
})
