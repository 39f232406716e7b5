// What may be in service at once: so many, with so many bytes of bodies.

export class Room {
  readonly #most: number
  readonly #mostBytes: number
  #count = 0
  #bytes = 0

  constructor(most: number, mostBytes: number) {
    this.#most = most
    this.#mostBytes = mostBytes
  }

  /** How many are in it. */
  get count(): number {
    return this.#count
  }

  /** Bytes of their bodies. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether one more with so many bytes may come. */
  has(bytes: number): boolean {
    return this.#count < this.#most && this.#bytes + bytes <= this.#mostBytes
  }

  take(bytes: number): void {
    this.#count++
    this.#bytes += bytes
  }

  giveBack(bytes: number): void {
    this.#count--
    this.#bytes -= bytes
  }
}
