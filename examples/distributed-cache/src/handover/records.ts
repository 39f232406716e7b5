// A stream of entries: records of a key and its entry, each after its length, whatever chunks they come in.
import { partitionOf } from '@rollcall/ring'
import { isKey, limits } from '../limits.ts'
import type { Entry } from '../store/entry.ts'
import { ByteReader, type ByteWriter } from '../wire/bytes.ts'
import { MalformedError } from '../wire/checks.ts'
import { readEntry, writeEntry } from '../wire/entry-fields.ts'

const MAX_RECORD_BYTES = limits.maxKeyBytes + limits.maxValueBytes + 1024

/** Appends a record. */
export function writeRecord(to: ByteWriter, key: string, entry: Entry): void {
  to.record(() => {
    to.text(key)
    writeEntry(to, entry)
  })
}

/** The records in chunks. @throws MalformedError */
export async function* readRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<[string, Entry]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes =
      rest.length === 0
        ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
        : Buffer.concat([rest, chunk])
    let at = 0
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32LE(at)
      if (length > MAX_RECORD_BYTES) throw new MalformedError('a record is too long')
      if (bytes.length - at - 4 < length) break
      yield readRecord(bytes.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    rest = bytes.subarray(at)
  }
  if (rest.length > 0) throw new MalformedError('a record ends early')
}

function readRecord(bytes: Uint8Array): [string, Entry] {
  const reader = new ByteReader(bytes)
  const key = reader.text()
  if (!isKey(key)) throw new MalformedError('a key is expected')
  return [key, readEntry(reader, partitionOf(key))]
}
