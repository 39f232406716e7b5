// Transcripts with mistakes in them, cut anywhere: the server stays up, holds little, and every connection is closed or in
// step.

import { RandomStream } from '@rollcall/testkit'
import { describe, expect, it } from 'vitest'
import { command } from './raw-client.ts'
import { serve } from './serve.ts'
import { asRedis, ofOurs } from './transcript.ts'

const SEED = 1
const RUNS = 400
const MARK = 'still-in-step'

const lines = [...asRedis, ...ofOurs].map(([line]) => line).filter((line) => line !== 'QUIT')

describe('the server of the Redis protocol', () => {
  it('answers or ends what a client makes of a transcript', async () => {
    const { cache, budget, connect } = await serve()
    cache.isRemote = (key) => key.length % 2 === 1
    const random = new RandomStream(SEED)
    const ends = { inStep: 0, closed: 0 }
    for (let run = 0; run < RUNS; run++) {
      const bytes = mutate(draw(random), random)
      const client = await connect()
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random.below(random.below(4) === 0 ? 20 : 500)
        client.write(bytes.subarray(at, at + size))
        at += size
        if (random.below(8) === 0) await new Promise((resolve) => setImmediate(resolve))
      }
      // Enough to end any bulk or line that was begun, if it is one that can be waited for.
      client.socket.end(Buffer.concat([Buffer.from('\r\n'), command('ECHO', MARK)]))
      const text = await client.rest()
      for (const reply of text.split('\r\n')) expect(reply.length, `run ${run}`).toBeLessThan(2_000)
      expect(text, `run ${run}`).not.toContain('internal error')
      if (text.endsWith(`$${MARK.length}\r\n${MARK}\r\n`)) ends.inStep++
      else ends.closed++
      client.close()
    }
    expect(ends.inStep).toBeGreaterThan(RUNS / 10)
    expect(ends.closed).toBeGreaterThan(RUNS / 10)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(budget.held).toBe(0)
    const client = await connect()
    expect(await client.ask('PING\r\n', 7)).toBe('+PONG\r\n')
  })
})

/** Some commands, as bulks or as lines. */
function draw(random: RandomStream): Buffer {
  const parts = Array.from({ length: 1 + random.below(8) }, () => {
    const line = lines[random.below(lines.length)] ?? ''
    if (random.below(3) === 0) return Buffer.from(`${line}\r\n`)
    return command(...line.split(' '))
  })
  return Buffer.concat(parts)
}

function mutate(bytes: Buffer, random: RandomStream): Buffer {
  const mistakes = random.below(4)
  let mutated = Buffer.from(bytes)
  for (let mistake = 0; mistake < mistakes; mistake++) {
    const at = random.below(mutated.length)
    const [before, after] = [mutated.subarray(0, at), mutated.subarray(at)]
    const kind = random.below(4)
    if (kind === 0) mutated[at] = random.below(256)
    else if (kind === 1) mutated = Buffer.concat([before, after.subarray(1 + random.below(3))])
    else if (kind === 2) mutated = Buffer.concat([before, Buffer.from([random.below(256)]), after])
    else mutated = Buffer.concat([before, after.subarray(0, random.below(30)), after])
  }
  return mutated
}
