// Every invariant that is watched along the way.
import type { CheckFactory } from '../check.ts'
import { accuracy } from './accuracy.ts'
import { certificates } from './certificates.ts'
import { completeness } from './completeness.ts'
import { detection } from './detection.ts'
import { foreign } from './foreign.ts'
import { goodbye } from './goodbye.ts'
import { isolation } from './isolation.ts'
import { monotony } from './monotony.ts'
import { ownQuorum } from './own-quorum.ts'
import { quorum } from './quorum.ts'
import { superseded } from './superseded.ts'
import { traffic } from './traffic.ts'
import { verdicts } from './verdicts.ts'
import { viewHash } from './view-hash.ts'

/** The invariants of the design that can break at any moment; those of a quiet cluster are in settled.ts. */
export const allChecks: readonly CheckFactory[] = [
  monotony,
  accuracy,
  goodbye,
  foreign,
  superseded,
  completeness,
  detection,
  isolation,
  verdicts,
  certificates,
  quorum,
  ownQuorum,
  traffic,
  viewHash,
]
