import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const core = new URL('../../src/core/', import.meta.url)
const files = readdirSync(core).map((file) => ({ file, text: readFileSync(new URL(file, core), 'utf8') }))

describe('the core', () => {
  it('imports nothing but itself', () => {
    const imports = files.flatMap(({ file, text }) =>
      [...text.matchAll(/\bfrom '([^']+)'/g)].map((match) => `${file}: ${match[1]}`),
    )
    expect(imports.length).toBeGreaterThan(50)
    expect(imports.filter((line) => !/: \.\/[a-z-]+\.ts$/.test(line))).toEqual([])
  })

  it('reaches for no clock, timer, randomness or process', () => {
    const forbidden =
      /\b(Date|Math\.random|performance|setTimeout|setInterval|setImmediate|process|crypto)\b[.(]/
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
    expect(files.filter(({ text }) => forbidden.test(code(text))).map(({ file }) => file)).toEqual([])
  })
})
