// The same few names, instance ids and addresses come in frame after frame: each is checked once, and kept once.

/** So many texts are remembered; then all are forgotten, so that no peer can fill the memory. */
const MAX_TEXTS = 8192

/** Texts that have passed a check. */
export class KnownTexts {
  readonly #texts = new Map<string, string>()
  readonly #check: (value: unknown) => string

  /** @param check gives the text back, or throws */
  constructor(check: (value: unknown) => string) {
    this.#check = check
  }

  /** The text, checked; equal ones are one object. */
  get(value: unknown): string {
    const known = this.#texts.get(value as string)
    if (known !== undefined) return known
    const text = this.#check(value)
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear()
    this.#texts.set(text, text)
    return text
  }
}
