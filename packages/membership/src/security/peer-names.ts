// Which names of a certificate make its holder a member: patterns over its DNS names and URIs (such as SPIFFE's).
import { isIP } from 'node:net'
import { OptionError, unsaid } from '../errors.ts'
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
  if (patterns.length === 0 || patterns.length > MAX_PATTERNS) {
    throw new OptionError(option, `${aPattern}, or a list of up to ${MAX_PATTERNS}`, unsaid(given))
  }
  return patterns.map((pattern, index) => {
    const expected = whatIsWanted(pattern)
    if (expected === undefined) return pattern as string
    throw new OptionError(Array.isArray(given) ? `${option}[${index}]` : option, expected, unsaid(pattern))
  })
}

const aPattern =
  "a DNS name or a URI with '://', such as '*.cache.prod.svc.cluster.local' or 'spiffe://example.org/ns/prod/sa/cache'"
const oneName =
  "{name} and * in different labels or segments: in one, a certificate is for many names, as that of c-10 is for c-1 by '{name}*'"

/** What a DNS name may be made of, and a URI; `{name}` is taken out before. */
const dnsPattern = /^[\w*-]+(\.[\w*-]+)*$/
const uriPattern = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^{}]+$/

/** What is expected in place of a pattern that can match nothing, or is not about one name; undefined where it will do. */
function whatIsWanted(pattern: unknown): string | undefined {
  if (typeof pattern !== 'string' || pattern.length > MAX_PATTERN_LENGTH || !plainText.test(pattern))
    return aPattern
  const isUri = pattern.includes('://')
  const plain = pattern.replaceAll(NAME, 'name')
  if (isUri ? !uriPattern.test(plain) : !dnsPattern.test(plain) || isIP(pattern) !== 0) return aPattern
  const parts = pattern.split(isUri ? '/' : '.')
  return parts.some((part) => part.includes(NAME) && part.includes('*')) ? oneName : undefined
}

/** Of which no name is made. */
const NOTHING = '(?!)'

/**
 * `*` stands for one label of a DNS name, or one segment of a URI's path, or a part of it, and so does `{name}` while the
 * member's name is not known yet. Case counts in URIs and in the member's name, and not in the rest of DNS names: whatever
 * case they are in, they allow one name of a member, in lower case.
 */
function compiled(pattern: string, memberName?: string): (name: CertificateName) => boolean {
  const isUri = pattern.includes('://')
  const folded = isUri ? (text: string) => text : lowerCase
  const part = isUri ? '[^/]+' : '[^.]+'
  const isPart = new RegExp(`^${part}$`)
  const source = pattern
    .split(/(\*|\{name\})/)
    .map((piece) => {
      if (piece === '*') return part
      if (piece !== NAME) return escaped(folded(piece))
      if (memberName === undefined) return part
      return isPart.test(memberName) ? escaped(memberName) : NOTHING
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
