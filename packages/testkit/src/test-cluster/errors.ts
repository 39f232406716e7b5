// What the helpers for tests throw.
import { RollcallError } from '@rollcall/membership'

/** `ERR_ROLLCALL_TEST_TIMEOUT`: what a test waited for did not come about in the virtual time it was given. */
export class TestTimeoutError extends RollcallError {
  readonly withinMs: number
  /** What each member saw in the end. */
  readonly report: string

  constructor(withinMs: number, what: string, report: string) {
    super('ERR_ROLLCALL_TEST_TIMEOUT', `not within ${withinMs} virtual ms: ${what}\n${report}`)
    this.withinMs = withinMs
    this.report = report
  }
}

/** `ERR_ROLLCALL_TEST_USAGE`: a test cluster cannot do this, at least not now. Nothing has happened. */
export class TestUsageError extends RollcallError {
  constructor(message: string) {
    super('ERR_ROLLCALL_TEST_USAGE', message)
  }
}
