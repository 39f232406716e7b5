// Which names of a certificate make its holder a member: patterns over its DNS names and URIs (such as SPIFFE's).
import { OptionError } from '../errors.ts'
import { plainText } from '../shell/wire-fields.ts'

const MAX_PATTERNS = 32
const MAX_PATTERN_LENGTH = 2048
/** Most that is shown of names that somebody else has chosen. */
const MAX_SHOWN = 200

/** Stands for the member's own name in a pattern. */
const NAME = '{name}'

/** One name in the text that Node makes of subjectAltName: quoted where it has a character that could mislead. */
const entry = /(?<type>[\w ]+):(?<value>"(?:[^"\\]|\\.)*"|[^",]*)(?:, |$)/y

/** One name in a certificate. Its type tells the two apart: nothing keeps a DNS name from looking like a URI. */
export interface CertificateName {
  readonly type: 'DNS' | 'URI'
  readonly text: string
}

/** The DNS names and URIs of a certificate that can be shown; none when the text is not what Node makes. */
export function namesIn(subjectAltName: string | undefined): CertificateName[] {
  const text = subjectAltName ?? ''
  const names: CertificateName[] = []
  entry.lastIndex = 0
  while (entry.lastIndex < text.length) {
    const { type, value = '' } = entry.exec(text)?.groups ?? {}
    if (type === undefined) return []
    if (type !== 'DNS' && type !== 'URI') continue
    const name = value.startsWith('"') ? unquoted(value) : value
    if (name !== undefined && plainText.test(name)) names.push({ type, text: name })
  }
  return names
}

function unquoted(value: string): string | undefined {
  try {
    return JSON.parse(value) as string
  } catch {
    return undefined
  }
}

/** Names as they may stand in a log line. */
export function showNames(names: readonly CertificateName[]): string {
  const shown = names.map((name) => name.text).join(', ')
  if (shown === '') return 'no name'
  return shown.length <= MAX_SHOWN ? shown : `${shown.slice(0, MAX_SHOWN)}…`
}

/** The names that members have. */
export class PeerNames {
  readonly patterns: readonly string[]
  readonly #tests: readonly ((name: CertificateName) => boolean)[]

  /** Checked patterns. */
  constructor(patterns: readonly string[]) {
    this.patterns = patterns
    this.#tests = patterns.map((pattern) => compiled(pattern))
  }

  /** The first of these names that a member can have. */
  find(names: readonly CertificateName[]): CertificateName | undefined {
    return names.find((name) => this.#tests.some((test) => test(name)))
  }

  /** Whether one of these names is one that the member of that name can have. */
  allow(names: readonly CertificateName[], memberName: string): boolean {
    return names.some((name) => this.patterns.some((pattern) => compiled(pattern, memberName)(name)))
  }
}

/** One pattern or a list. @throws OptionError */
export function checkPeerName(option: string, given: unknown): readonly string[] {
  const patterns: readonly unknown[] = Array.isArray(given) ? given : [given]
  const isPattern = (pattern: unknown): pattern is string =>
    typeof pattern === 'string' && pattern.length <= MAX_PATTERN_LENGTH && plainText.test(pattern)
  if (patterns.length > 0 && patterns.length <= MAX_PATTERNS && patterns.every(isPattern))
    return [...patterns]
  const expected =
    "a DNS name or URI, such as '*.cache.prod.svc.cluster.local' or 'spiffe://example.org/ns/prod/sa/cache', or a list of up to 32"
  throw new OptionError(option, expected, given)
}

/**
 * `*` stands for one label of a DNS name, or one segment of a URI's path, or a part of it, and so does `{name}` while the
 * member's name is not known yet. Case counts in URIs and in the member's name, and not in the rest of DNS names: whatever
 * case they are in, they allow one name of a member, in lower case.
 */
function compiled(pattern: string, memberName?: string): (name: CertificateName) => boolean {
  const isUri = pattern.includes('://')
  const folded = isUri ? (text: string) => text : lowerCase
  const part = isUri ? '[^/]+' : '[^.]+'
  const source = pattern
    .split(/(\*|\{name\})/)
    .map((piece) => {
      if (piece === '*') return part
      if (piece !== NAME) return escaped(folded(piece))
      return memberName === undefined ? part : escaped(memberName)
    })
    .join('')
  const test = new RegExp(`^${source}$`)
  const wanted = isUri ? 'URI' : 'DNS'
  return ({ type, text }) => type === wanted && test.test(folded(text))
}

/** Of ASCII alone, as in DNS. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&')
}
