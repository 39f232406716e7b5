// What the heap holds that is still in use.
import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { decodeFrame, encodeFrames } from '@rollcall/membership/internal'

/** The decoder remembers so many names, instances and addresses that it has checked, and then forgets them all. */
const REMEMBERED_TEXTS = 8192

let collect: (() => void) | undefined

/** Bytes in use after a garbage collection, but for compiled code: the engine makes more of that for hours. */
export async function heapInUse(): Promise<number> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  fillMemories()
  for (let i = 0; i < 3; i++) {
    // What only waits for its turn is still in use.
    await new Promise((resolve) => setTimeout(resolve, 10))
    collect()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external - getHeapCodeStatistics().code_and_metadata_size
}

/**
 * Has the decoder remember as many texts as it can, always the same ones: how many it happens to remember would be a twentieth
 * of a small heap. The first time it forgets all at some point, the second time it adds those from before that point.
 */
function fillMemories(): void {
  const record = { leaving: false, metadata: new Uint8Array() }
  const updates = Array.from({ length: REMEMBERED_TEXTS }, (_, i) => ({
    ...{ name: `name-${i}`, generation: 1, instance: `instance-${i}` },
    ...{ incarnation: 0, state: 'alive' as const, ageMs: 0 },
    record: { ...record, addresses: [`10.0.${i >> 8}.${i & 0xff}:7946`] },
  }))
  for (let i = 0; i < 2; i++)
    for (const frame of encodeFrames({ type: 'updates', updates })) {
      const { type } = decodeFrame(frame)
      if (type !== 'message') throw new Error(`a ${type} fills no memory`)
    }
}

/** Bytes to read. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
