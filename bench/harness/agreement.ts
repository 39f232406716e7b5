// When did all members come to hold the same view? Pure.
import type { LoggedView } from './messages.ts'

/**
 * The time from which on all members hold one view with `alive` members in it, told from the views each of them has
 * had, oldest first. Undefined if they do not agree in the end.
 */
export function agreedSince(logs: readonly (readonly LoggedView[])[], alive: number): number | undefined {
  const last = logs.map((views) => views.at(-1))
  const id = last[0]?.id
  if (!last.every((view) => view !== undefined && view.id === id && view.alive === alive)) return undefined
  return Math.max(...logs.map((views) => heldSince(views, id as string, alive)))
}

function heldSince(views: readonly LoggedView[], id: string, alive: number): number {
  let since = Number.POSITIVE_INFINITY
  for (const view of views.toReversed()) {
    if (view.id !== id || view.alive !== alive) break
    since = view.atMs
  }
  return since
}
