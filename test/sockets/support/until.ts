// Waiting for what must come: a condition is polled, and a deadline says what did not come.

/**
 * Resolves once the condition holds. Rejects, with what was awaited and what `state` says, when it does not within the
 * deadline.
 */
export async function until(
  what: string,
  condition: () => unknown,
  { deadlineMs = 30_000, state }: { deadlineMs?: number; state?: () => unknown } = {},
): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!condition()) {
    if (performance.now() > end) {
      const seen = state === undefined ? '' : `; instead: ${JSON.stringify(state())}`
      throw new Error(`not within ${deadlineMs} ms: ${what}${seen}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
