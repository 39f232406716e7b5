// Makes a core, or sessions, that break one rule: a copy of the sources with one piece of text replaced.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { createCore, Sessions } from '@rollcall/membership/internal'
import { type RunParts, realParts } from '@rollcall/testkit'
import type { Mutation } from './mutations.ts'

const sources = fileURLToPath(new URL('../../packages/membership/src', import.meta.url))

/** A text with the one place that reads `find` changed; throws when there is none, or more than one. */
export function mutate(text: string, { name, file, find, replace }: Mutation): string {
  const places = text.split(find).length - 1
  if (places !== 1) {
    const hint = 'the code has changed: write the mutation anew in test/mutations/mutations.ts'
    throw new Error(`Mutation "${name}" finds its text ${places} times in ${file}; ${hint}`)
  }
  return text.replace(find, () => replace)
}

/**
 * Parts for a run whose members are mutants. The core imports nothing from outside its folder, and messages nothing but
 * the core, so a copy of both runs.
 */
export async function mutantParts(mutation: Mutation): Promise<RunParts> {
  const folder = mkdtempSync(join(tmpdir(), 'mutant-'))
  try {
    for (const part of ['core', 'messages'])
      cpSync(join(sources, part), join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    const file = join(folder, mutation.part ?? 'core', mutation.file)
    writeFileSync(file, mutate(readFileSync(file, 'utf8'), mutation))
    const load = (path: string) => import(/* @vite-ignore */ pathToFileURL(join(folder, path)).href)
    const core = (await load('core/core.ts')) as { createCore: typeof createCore }
    const messages = (await load('messages/sessions.ts')) as { Sessions: typeof Sessions }
    const createSessions: RunParts['createSessions'] = (options) => new messages.Sessions(options)
    return { ...realParts, createCore: core.createCore, createSessions }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
