// What is wrong with bytes that a peer has sent.

/**
 * Thrown while a frame is decoded, and caught before anybody else sees it; the link is closed for it. No Error: to note a
 * stack that nobody reads would cost more than to decode, and a peer may send as many bad frames as it likes.
 */
export class WireFault {
  readonly kind: 'bad-frame' | 'too-large'
  readonly message: string

  constructor(kind: 'bad-frame' | 'too-large', message: string) {
    this.kind = kind
    this.message = message
  }
}
