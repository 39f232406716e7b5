// Asks one owner of a key to let this pod load it, until there is a verdict. It asks again and again with the same token,
// which keeps its place in the line: so an owner that lets others wait is told apart from one of which nothing comes.
import type { Time } from '../time.ts'
import type { Verdict } from './load-keeper.ts'

const AGAIN_MS = 300
/** An owner of which nothing comes for so long is not waited for. */
const SILENCE_MS = 1000
const QUESTION_MS = AGAIN_MS + SILENCE_MS
/** A timer that is later than that says that this pod stood still, and nothing of the owner. */
const LATE_MS = 200

export interface Asking {
  readonly time: Time
  /** Asks once. Rejects if there is no answer within so many ms. */
  readonly ask: (timeoutMs: number) => Promise<Verdict>
  /** Gives back what the owner may have granted. */
  readonly release: () => void
}

/** Resolves with undefined if nothing comes of the owner, and with `waiting` when the time is over, or this pod stood still. */
export function verdictOf({ time, ask, release }: Asking, timeoutMs: number): Promise<Verdict | undefined> {
  return new Promise((resolve) => {
    let isOver = false
    let isGranted = false
    let cancelNext = () => {}
    const cancelEnd = time.after(timeoutMs, () => end({ type: 'waiting' }))
    const end = (verdict: Verdict | undefined) => {
      if (isOver) return
      isOver = true
      cancelEnd()
      cancelNext()
      isGranted = verdict?.type === 'granted'
      if (verdict === undefined || verdict.type === 'waiting') release()
      resolve(verdict)
    }
    const answered = (verdict: Verdict) => {
      // A question that was on its way when an earlier one was answered.
      if (isOver && verdict.type === 'granted' && !isGranted) release()
      if (verdict.type !== 'waiting') end(verdict)
    }
    const next = () => {
      const askedAt = time.now()
      cancelNext = time.after(AGAIN_MS, next)
      ask(QUESTION_MS).then(answered, () => {
        const isLate = time.now() - askedAt > QUESTION_MS + LATE_MS
        end(isLate ? { type: 'waiting' } : undefined)
      })
    }
    next()
  })
}
