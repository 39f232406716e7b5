// The guide shows what the example does.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const sources = join(import.meta.dirname, '../src')
const code = readdirSync(sources).map((file) => unindented(readFileSync(join(sources, file), 'utf8')))
const guide = readFileSync(join(import.meta.dirname, '../../../docs/embedding.md'), 'utf8')
const snippets = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, snippet = '']) => snippet)

describe('the guide to embedding', () => {
  it.each(snippets)('shows code of the example: %s', (snippet) => {
    expect(code.some((text) => text.includes(unindented(snippet)))).toBe(true)
  })
})

function unindented(text: string): string {
  return text.replace(/^ +/gm, '')
}
