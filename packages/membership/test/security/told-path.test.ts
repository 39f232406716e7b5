import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toldPath } from '../../src/security/told-path.ts'

const isTold = (path: string) => toldPath(path) === path

describe('a path in an error', () => {
  it.each([
    '/var/run/secrets/rollcall/keys',
    '/no-such-folder/rollcall/keys',
    '/no-such-folder/..data/tls.crt',
    '/no-such-file.pem',
    join(import.meta.dirname, 'No-Such', 'File+='),
  ])('is told where it is in a folder that is there, or no secret looks like it: %s', (path) => {
    expect(isTold(path)).toBe(true)
  })

  it.each(['/abcdefghijklmnop', '/Zm9vYmFy', '/abc/def+ghi=', '/abc/Def', '/a//b', '//', '/', 'Zm9v/YmFy'])(
    'is not told where it may be a secret in the wrong place: %s',
    (path) => {
      expect(toldPath(path)).toBe('the given path')
    },
  )
})
