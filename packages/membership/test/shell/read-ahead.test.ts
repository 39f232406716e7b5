import { describe, expect, it } from 'vitest'
import type { SeedSource } from '../../src/seed-source.ts'
import { readAhead } from '../../src/shell/read-ahead.ts'

const options = { signal: new AbortController().signal, urgent: () => true }
const snapshot = (address: string) => ({ seeds: [{ address }] })

/** A source that lists an address a watch, and counts its watches. */
function countingSource(): SeedSource & { watches: number } {
  const source = {
    watches: 0,
    async *watch() {
      const watch = ++source.watches
      yield snapshot(`10.0.${watch}.1`)
      yield snapshot(`10.0.${watch}.2`)
    },
  }
  return source
}

async function addresses(source: SeedSource): Promise<(string | undefined)[]> {
  const read: (string | undefined)[] = []
  for await (const { seeds } of source.watch(options)) read.push(seeds[0]?.address)
  return read
}

describe('a source read ahead', () => {
  it('is asked at once, and only once for the first watch', async () => {
    const source = countingSource()
    const ahead = readAhead(source, options)
    expect(source.watches).toBe(1)
    expect(await addresses(ahead)).toEqual(['10.0.1.1', '10.0.1.2'])
    expect(source.watches).toBe(1)
  })

  it('is watched anew when it is watched again', async () => {
    const ahead = readAhead(countingSource(), options)
    await addresses(ahead)
    expect(await addresses(ahead)).toEqual(['10.0.2.1', '10.0.2.2'])
  })

  it('fails where it is watched, not where it is read ahead', async () => {
    const broken: SeedSource = {
      watch: () => {
        throw new Error('broken')
      },
    }
    await expect(addresses(readAhead(broken, options))).rejects.toThrow('broken')
  })

  it('hands a failure of the first snapshot to the watch', async () => {
    const ahead = readAhead(
      {
        watch: async function* () {
          yield* []
          throw new Error('no answer')
        },
      },
      options,
    )
    await expect(addresses(ahead)).rejects.toThrow('no answer')
  })
})
