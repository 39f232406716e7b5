// What can be wrong with a hello that is looked at before the core gets it, and how such a link is closed.
import { CloseCode } from '../core/close-code.ts'

/** `unverified`: it came without a token, or with one or with a certificate that does not prove its bearer. */
export type HelloFault = 'bad-hello' | 'wrong-cluster' | 'unverified'

interface Close {
  readonly code: number
  readonly counter: string
  /** All that is said to the peer, who may be anybody; else what is wrong. */
  readonly tells: string | undefined
}

/** How each is closed and counted: as the core does where it knows the same fault. */
export const helloFaults = {
  'bad-hello': { code: CloseCode.badFrame, counter: 'bad-frame', tells: undefined },
  'wrong-cluster': { code: CloseCode.wrongCluster, counter: 'refused-4002', tells: undefined },
  unverified: { code: CloseCode.unverified, counter: 'refused-4014', tells: 'not proven to be who it says' },
} as const satisfies Record<HelloFault, Close>
