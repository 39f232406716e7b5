// What applications throw, which may be anything at all.
import { shown } from '../errors.ts'

/** What was thrown, in words: the message of an error or of what looks like one, else only the kind of an object. */
export function reasonOf(thrown: unknown): string {
  try {
    if (!isObject(thrown)) return String(thrown)
    const { message } = thrown as { readonly message?: unknown }
    return typeof message === 'string' ? message : shown(thrown)
  } catch {
    return 'an error that cannot be read'
  }
}

/** Whether it has fields that may say more. */
export function isObject(thrown: unknown): thrown is object {
  return (typeof thrown === 'object' && thrown !== null) || typeof thrown === 'function'
}
