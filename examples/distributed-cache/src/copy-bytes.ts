// Copies of bytes, most of which are few.

/** Up to so many are copied one by one: a call of `set` takes longer. */
const FEW_BYTES = 48

/** Writes all of these bytes into others, from a place on. */
export function copyBytes(bytes: Uint8Array, into: Uint8Array, from: number): void {
  const { length } = bytes
  if (length > FEW_BYTES) into.set(bytes, from)
  else for (let at = 0; at < length; at++) into[from + at] = bytes[at] as number
}

/** The same of a text of Latin-1, a character for each byte. */
export function copyText(text: string, into: Buffer, from: number): void {
  const { length } = text
  if (length > FEW_BYTES) into.write(text, from, 'latin1')
  else for (let at = 0; at < length; at++) into[from + at] = text.charCodeAt(at)
}
