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
  readonly #tests: readonly ((name: Cut) => boolean)[]

  /** Checked patterns. */
  constructor(patterns: readonly string[]) {
    this.patterns = patterns
    this.#tests = patterns.map((pattern) => compiled(pattern))
  }

  /** The first of these names that a member can have. */
  find(names: readonly CertificateName[]): CertificateName | undefined {
    return names.find((name) => isLikeOne(name, this.#tests))
  }

  /** Whether one of these names is one that the member of that name can have. */
  allow(names: readonly CertificateName[], memberName: string): boolean {
    const tests = this.patterns.map((pattern) => compiled(pattern, memberName))
    return names.some((name) => isLikeOne(name, tests))
  }
}

function isLikeOne(name: CertificateName, tests: readonly ((name: Cut) => boolean)[]): boolean {
  const parts = cut(name)
  return tests.some((test) => test(parts))
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

/** A name, or a pattern, cut at its dots, or slashes. */
interface Cut {
  readonly type: CertificateName['type']
  readonly parts: readonly string[]
}

/** Case counts in URIs, and not in DNS names. */
function cut({ type, text }: CertificateName): Cut {
  return { type, parts: type === 'URI' ? text.split('/') : lowerCase(text).split('.') }
}

/**
 * `*` stands for one label of a DNS name, or one segment of a URI's path, or a part of it, and so does `{name}` while the
 * member's name is not known yet. In that case counts: whatever case a DNS name is in, it allows one name of a member, in
 * lower case. No regular expression: what the names in certificates are is up to others, and with several `*` in a label
 * it could take minutes.
 */
function compiled(pattern: string, memberName?: string): (name: Cut) => boolean {
  const { type, parts } = cut({ type: pattern.includes('://') ? 'URI' : 'DNS', text: pattern })
  // A name with one of these would be several labels or segments.
  if (memberName?.includes(type === 'URI' ? '/' : '.') === true && pattern.includes(NAME)) return () => false
  const wanted = parts.map((part) => {
    if (memberName === undefined) return part.replaceAll(NAME, '*').split('*')
    return part.includes(NAME) ? [part.replaceAll(NAME, () => memberName)] : part.split('*')
  })
  return (name) =>
    name.type === type &&
    name.parts.length === wanted.length &&
    wanted.every((pieces, i) => isOf(pieces, name.parts[i] as string))
}

/** Whether a text consists of these pieces, with one character or more between each two. */
function isOf(pieces: readonly string[], text: string): boolean {
  const [first = '', ...others] = pieces
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first) || !text.endsWith(last)) return false
  let at = first.length
  for (const piece of others) {
    const found = text.indexOf(piece, at + 1)
    if (found < 0) return false
    at = found + piece.length
  }
  return text.length - last.length > at
}

/** Of ASCII alone, as in DNS. */
function lowerCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
