// Makes a core that breaks one rule: a copy of the core's sources with one piece of text replaced.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { createCore } from '@rollcall/membership/internal'
import { type RunParts, realParts } from '@rollcall/testkit'
import type { Mutation } from './mutations.ts'

const sources = fileURLToPath(new URL('../../packages/membership/src/core', import.meta.url))

/** A text with the one place that reads `find` changed; throws when there is none, or more than one. */
export function mutate(text: string, { name, file, find, replace }: Mutation): string {
  const places = text.split(find).length - 1
  if (places !== 1) {
    const hint = 'the code has changed: write the mutation anew in test/mutations/mutations.ts'
    throw new Error(`Mutation "${name}" finds its text ${places} times in ${file}; ${hint}`)
  }
  return text.replace(find, () => replace)
}

/** Parts for a run whose cores are mutants. The core imports nothing from outside its folder, so a copy of it runs. */
export async function mutantParts(mutation: Mutation): Promise<RunParts> {
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'))
  try {
    cpSync(sources, folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const file = join(folder, mutation.file)
    writeFileSync(file, mutate(readFileSync(file, 'utf8'), mutation))
    const core = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'core.ts')).href)) as {
      createCore: typeof createCore
    }
    return { ...realParts, createCore: core.createCore }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
