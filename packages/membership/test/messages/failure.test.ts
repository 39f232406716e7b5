import { describe, expect, it } from 'vitest'
import { RemoteError } from '../../src/message-errors.ts'
import { encodeBody } from '../../src/messages/body.ts'
import { errorFrom, failure, failureOf, shortened } from '../../src/messages/failure.ts'
import type { Failure } from '../../src/messages/item.ts'

/** A failure as a peer may make it up. */
function madeUp(change: Partial<Failure>): Failure {
  return {
    type: 'failure',
    id: 1,
    code: 'remote',
    message: 'why',
    body: encodeBody({}, 'response'),
    ...change,
  }
}

describe('what a peer says of a failure', () => {
  it('comes to the requester as it was thrown', () => {
    const error = errorFrom(failureOf(1, new RangeError('out of range')), 'b', 't')
    expect(error).toMatchObject({ code: 'ERR_ROLLCALL_REMOTE', remoteName: 'RangeError' })
  })

  it.each<[string, unknown]>([
    ['is no object', 'text'],
    ['is nothing', null],
    ['is a list', [1, 2]],
    ['has fields of other types', { name: 1, code: { a: 1 }, path: [], bytes: 'x', part: 'whole' }],
    ['is far too long', { name: 'Huge', details: 'x'.repeat(100_000) }],
  ])('may be anything: what %s is left out, and the text stays', (_, value) => {
    for (const code of ['remote', 'body-type', 'body-too-large', 'unknown', 'toString']) {
      const error = errorFrom(madeUp({ code, body: encodeBody(value, 'response') }), 'b', 't')
      expect(error.code).toMatch(/^ERR_ROLLCALL_/)
      if (code !== 'body-too-large') expect(error.message).toContain('why')
      if (error instanceof RemoteError) {
        expect(error.remoteName).toBe(code === 'remote' ? 'Error' : code)
        expect(error.details).toBeUndefined()
      }
    }
  })

  it('is still that the handler did not run, where there is no room for more', () => {
    const topicError = shortened(failure(1, 'unknown-topic', '', { servedAs: 'topic' }))
    expect(topicError.body.bytes).toHaveLength(0)
    expect(errorFrom(topicError, 'b', 't')).toMatchObject({ code: 'ERR_ROLLCALL_UNKNOWN_TOPIC' })
    const bodyError = shortened(failure(1, 'invalid-body', 'why'))
    expect(errorFrom(bodyError, 'b', 't')).toMatchObject({ code: 'ERR_ROLLCALL_INVALID_BODY' })
    expect(errorFrom(shortened(failureOf(1, 'x')), 'b', 't')).toMatchObject({ mayHaveRun: true })
  })

  it('may be no plain data at all', () => {
    const body = { kind: 'plain', bytes: Uint8Array.of(0xd4, 0x72, 0x40) } as const
    expect(errorFrom(madeUp({ body }), 'b', 't')).toMatchObject({ remoteName: 'Error', details: undefined })
  })
})
