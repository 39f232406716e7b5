// The streams of one exchange in service: what its requester uploads, and what its handler answers with.
import { encodeBody } from './body.ts'
import { ChunkReader } from './chunk-reader.ts'
import { ChunkWriter, type WriterPort } from './chunk-writer.ts'
import type { Service } from './service.ts'

/** Reads what the requester uploads. */
export function uploadReader({ peer, id }: Service): ChunkReader {
  return new ChunkReader({
    started: () => {},
    grant: (bytes) => void peer.session?.post({ type: 'credit', isAnswer: true, id, bytes }),
    // What still comes is dropped; without credit that is not much.
    abandoned: () => {},
  })
}

/** Sends what the handler answers with; its end answers the exchange. */
export function answerWriter(
  service: Service,
  source: AsyncIterable<Uint8Array>,
  failures: Pick<WriterPort, 'failed' | 'unfit'>,
): ChunkWriter {
  const { peer, id } = service
  return new ChunkWriter(source, {
    watchers: peer.watchers,
    chunk: (bytes) => peer.session?.post({ type: 'chunk', isAnswer: true, id, bytes }) ?? false,
    finished: (totalBytes) => {
      const body = encodeBody(totalBytes, 'response')
      if (peer.session?.post({ type: 'response', id, body }) !== true) return false
      service.finish()
      return true
    },
    ...failures,
  })
}

/** Whether a handler gave something that chunks can be read from. Never throws. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<Uint8Array> {
  try {
    return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
  } catch {
    // A proxy that lets nobody look.
    return false
  }
}
