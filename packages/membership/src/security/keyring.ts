// The shared keys of one member: the first one dials, all are accepted. They can be replaced while it runs.
import { plainText } from '../shell/wire-fields.ts'

/** Most bytes of an id, which goes over the network in the clear. */
export const MAX_KEY_ID_BYTES = 64

/** A shared key. */
export interface Key {
  readonly id: string
  /** What all members have and nobody else: at least 32 random bytes. */
  readonly secret: Uint8Array
}

/** Shared keys: at least one, and their ids differ. */
export type Keys = readonly Key[]

export class Keyring {
  #keys: Keys

  constructor(keys: Keys) {
    this.#keys = keys
  }

  /** The key to dial with. */
  get first(): Key {
    return this.#keys[0] as Key
  }

  get all(): Keys {
    return this.#keys
  }

  /** The key with an id, if it is accepted. */
  get(id: string): Key | undefined {
    return this.#keys.find((key) => key.id === id)
  }

  /** Whether this very key is accepted: an id may have got another secret. */
  has({ id, secret }: Key): boolean {
    const present = this.get(id)
    return present !== undefined && Buffer.compare(present.secret, secret) === 0
  }

  replace(keys: Keys): void {
    this.#keys = keys
  }
}

/** Whether a text can be the id of a key: short, without white space, and fit to be shown. */
export function isKeyId(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_KEY_ID_BYTES && plainText.test(text)
}
