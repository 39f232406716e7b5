// Large operations as streams: all that is small passes them, and their reader grants credit.
import type { Cluster, HandlerContext, Member, StreamTopic, Topic } from '@rollcall/membership'
import { limits } from '../limits.ts'
import { MalformedError } from './checks.ts'

const CHUNK_BYTES = 64 * 1024
/** Of an operation or its answer: beside the value there are a key, names and numbers. */
const MAX_BYTES = limits.maxValueBytes + 8 * 1024

export interface TransferOptions {
  readonly signal: AbortSignal
  /** Called whenever some of it has gone or come. */
  readonly moved: () => void
}

/** Brings an operation to a pod, and returns its answer. */
export type Transfer = (member: Member, body: Uint8Array, options: TransferOptions) => Promise<Uint8Array>

type UploadTopic = Topic<null, Uint8Array, null, Uint8Array>
type DownloadTopic = StreamTopic<Uint8Array, Uint8Array>

/** For operations that are large themselves. */
export function uploadTo(cluster: Cluster, topic: UploadTopic): Transfer {
  return (member, body, { signal, moved }) =>
    cluster.request(member, topic, null, { chunks: chunksOf(body, moved), signal })
}

/** For operations whose answers are large. */
export function downloadFrom(cluster: Cluster, topic: DownloadTopic): Transfer {
  return (member, body, { signal, moved }) => collect(cluster.stream(member, topic, body, { signal }), moved)
}

/** What is asked is seen twice: when it was sent, in order with all else, and when its body is here. */
export type Service = (context: HandlerContext) => (body: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** Serves operations, be they small or large. */
export function serveOperations(
  cluster: Cluster,
  topic: Topic<Uint8Array, Uint8Array, Uint8Array, Uint8Array>,
  largeTopic: UploadTopic,
  service: Service,
): void {
  cluster.serve(topic, (body, context) => service(context)(body))
  cluster.serve(largeTopic, (_, context) => collect(context.chunks).then(service(context)))
}

export function serveDownloads(
  cluster: Cluster,
  topic: DownloadTopic,
  handle: (body: Uint8Array) => Uint8Array,
): void {
  cluster.serve(topic, (body) => chunksOf(handle(body)))
}

async function* chunksOf(body: Uint8Array, moved?: () => void): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += CHUNK_BYTES) {
    yield body.subarray(at, at + CHUNK_BYTES)
    moved?.()
  }
}

/** @throws MalformedError */
async function collect(chunks: AsyncIterable<Uint8Array>, moved?: () => void): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    moved?.()
    length += chunk.length
    if (length > MAX_BYTES) throw new MalformedError('it is too long')
    all.push(chunk)
  }
  return Buffer.concat(all, length)
}
