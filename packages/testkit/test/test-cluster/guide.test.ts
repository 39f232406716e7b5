import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('is the example of the guide that runs beside this', () => {
  const guide = readFileSync(new URL('../../../../docs/testing.md', import.meta.url), 'utf8')
  const example = readFileSync(new URL('guide-example.test.ts', import.meta.url), 'utf8')
  expect(/```ts\n(.*?)```/s.exec(guide)?.[1]).toBe(example)
})
