// The key of this run: made anew at each start, and in a file that only its owner can read.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface KeyFile {
  readonly path: string
  remove(): void
}

export function makeKeyFile(): KeyFile {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-cache-'))
  const path = join(folder, 'keys')
  writeFileSync(path, `laptop ${randomBytes(32).toString('base64')}\n`, { mode: 0o600 })
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
