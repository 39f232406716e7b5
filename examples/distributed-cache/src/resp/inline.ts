// A command as people type it: words between spaces, with quotes as in the C language where spaces belong to a word.

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

const SPACES = [...'\r\t '].map((space) => space.charCodeAt(0))

/** A quoted word or a plain one, and the spaces before it. Bytes are characters here. */
const WORD =
  /[ \t]*(?:"([^"\\]*(?:\\[\s\S][^"\\]*)*)"|'([^'\\]*(?:\\[\s\S][^'\\]*)*)'|([^ \t"']+))(?=[ \t]|$)/y

/** The words of a line; undefined if a quote is not closed, or something follows one at once. */
export function splitLine(line: Buffer): Buffer[] | undefined {
  const text = line.toString('latin1', 0, lengthWithoutSpaces(line))
  const words: Buffer[] = []
  WORD.lastIndex = 0
  while (WORD.lastIndex < text.length) {
    const match = WORD.exec(text)
    if (match === null) return undefined
    const [, double, single = '', plain] = match
    const word = plain ?? (double === undefined ? single.replaceAll("\\'", "'") : unquoteDouble(double))
    words.push(Buffer.from(word, 'latin1'))
  }
  return words
}

function lengthWithoutSpaces(line: Buffer): number {
  let length = line.length
  while (length > 0 && SPACES.includes(line[length - 1] as number)) length--
  return length
}

function unquoteDouble(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([\s\S]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (ESCAPES[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
