// Checks of what was received: it comes from another process, perhaps of another version.

/** What was received is not what it ought to be. */
export class MalformedError extends Error {
  override readonly name = 'MalformedError'
}

export function fields(body: unknown): Record<string, unknown> {
  if (typeof body === 'object' && body !== null) return body as Record<string, unknown>
  throw new MalformedError('an object is expected')
}

export function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new MalformedError('a text is expected')
}

export function whole(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new MalformedError('a whole number is expected')
}

export function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new MalformedError('bytes are expected')
}
