import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const source = new URL('../../src/', import.meta.url)
/** The parts of the production platform, what `join` takes from the process, seed functions, parsers of node:net and node:tls, and a look for a folder. */
const nodeOnly = new Set([
  ...['clock', 'timers', 'drain', 'node-platform', 'dialer', 'listener', 'strangers', 'websocket-connection'],
  ...['signals', 'settings', 'function-seeds', 'address', 'open-port', 'key-protection', 'tls-acceptor'],
  ...['certificate-protection', 'check-security', 'certificate-files', 'iso-time', 'peer-names', 'told-path'],
])
const files = ['', 'shell/', 'security/', 'messages/'].flatMap((folder) =>
  readdirSync(new URL(folder || '.', source))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({
      file: file.slice(0, -3),
      text: readFileSync(new URL(folder + file, source), 'utf8'),
    })),
)

describe('what runs around the core', () => {
  it('reaches for clocks, timers, randomness and sockets through its platform only', () => {
    const forbidden =
      /\b(Date\.now|new Date|Math\.random|performance|setTimeout|setInterval|setImmediate|randomBytes|randomUUID)\b|import (?!type)[^\n]* from '(ws|node:(net|http|tls|fs.*|timers.*))'/
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    const guilty = files.filter(({ text }) => forbidden.test(code(text))).map(({ file }) => file)
    expect(files.length).toBeGreaterThan(60)
    expect(guilty.filter((file) => !nodeOnly.has(file))).toEqual([])
    expect(guilty.length).toBeGreaterThan(5)
  })
})
