// Reads the parts of resolv.conf that matter here. We expand names ourselves, since Node's resolver does not.

/** What resolv.conf says. */
export interface ResolvConf {
  /** Name servers in order, as written. */
  readonly servers: readonly string[]
  /** Domains appended to short names, in order, without the final dot. */
  readonly search: readonly string[]
  /** A name with at least so many dots is asked as it is first. */
  readonly ndots: number
}

/** Most dots `options ndots` can ask for, as in glibc. */
const maxNdots = 15

/** Parses the text of a resolv.conf. Unknown lines are ignored; the last of `search` and `domain` counts. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = []
  let search: string[] = []
  let ndots = 1
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/)
    if (keyword === 'nameserver' && values[0]) servers.push(values[0])
    if (keyword === 'search') search = values
    if (keyword === 'domain') search = values.slice(0, 1)
    if (keyword !== 'options') continue
    for (const value of values) {
      const found = /^ndots:(\d+)$/.exec(value)
      if (found) ndots = Math.min(Number(found[1]), maxNdots)
    }
  }
  const domains = search
    .map((domain) => domain.toLowerCase().replace(/\.$/, ''))
    .filter((domain) => domain !== '')
  return { servers, search: domains, ndots }
}
