// Where the plan that catches a mutation is kept.
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutations.ts'

/** The file of a mutation's plan. */
export function planFile({ name }: Mutation): string {
  return fileURLToPath(new URL(`plans/${name.replaceAll(' ', '-')}.json`, import.meta.url))
}
