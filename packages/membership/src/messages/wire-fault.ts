// What is wrong with bytes that a peer has sent.

/** Thrown while a frame is decoded, and caught before anybody else sees it; the link is closed for it. */
export class WireFault extends Error {
  readonly kind: 'bad-frame' | 'too-large'

  constructor(kind: 'bad-frame' | 'too-large', detail: string) {
    super(detail)
    this.kind = kind
  }
}
