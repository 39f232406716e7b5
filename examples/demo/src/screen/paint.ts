// Lines of a terminal as plain data, and their way to ANSI codes. All text is ASCII: one character, one column.

/** How a piece of text looks. */
export type Style = 'plain' | 'strong' | 'faint' | 'good' | 'doubtful' | 'bad' | 'gone'

/** Text in one style. */
export interface Span {
  readonly text: string
  readonly style: Style
}

/** A line is its spans from left to right. */
export type Line = readonly Span[]

const codes: Readonly<Record<Style, string>> = {
  plain: '',
  strong: '\x1b[1m',
  faint: '\x1b[2m',
  good: '\x1b[32m',
  doubtful: '\x1b[33m',
  bad: '\x1b[1;31m',
  gone: '\x1b[34m',
}

/** A piece of text. */
export function span(text: string, style: Style = 'plain'): Span {
  return { text, style }
}

/** Cuts or fills a text to a width; at least one space stays at its end unless it is cut to nothing. */
export function fit(text: string, width: number): string {
  return text.slice(0, Math.max(0, width - 1)).padEnd(width)
}

/** Cuts a line to a width. */
export function cutLine(line: Line, width: number): Line {
  const kept: Span[] = []
  let left = width
  for (const piece of line) {
    if (left <= 0) break
    kept.push({ ...piece, text: piece.text.slice(0, left) })
    left -= piece.text.length
  }
  return kept
}

/** Breaks a line between its pieces where it is longer than a width; what follows is indented. */
export function wrapLine(line: Line, width: number, indent: number): Line[] {
  const lines: Span[][] = [[]]
  let used = 0
  for (const piece of line) {
    if (used > indent && used + piece.text.length > width) {
      const text = piece.text.trimStart()
      lines.push([span(' '.repeat(indent)), { ...piece, text }])
      used = indent + text.length
    } else {
      lines.at(-1)?.push(piece)
      used += piece.text.length
    }
  }
  return lines
}

/** Text as one piece a word, each with the spaces before it, so that a line of them can be broken. */
export function words(text: string, style: Style = 'plain'): Span[] {
  return (text.match(/\s*\S+/g) ?? []).map((word) => span(word, style))
}

/** A line as the terminal takes it; without codes when `color` is off. */
export function paint(line: Line, color: boolean): string {
  const piece = ({ text, style }: Span) =>
    color && codes[style] !== '' ? `${codes[style]}${text}\x1b[0m` : text
  return line.map(piece).join('')
}

/** The text of a line alone. */
export function plainText(line: Line): string {
  return line.map(({ text }) => text).join('')
}
