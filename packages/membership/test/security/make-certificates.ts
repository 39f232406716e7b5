// X.509 certificates for tests, made in a millisecond by Node alone: DER by hand (RFC 5280), ECDSA with P-256.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'

/** A certificate with its key, as PEM. */
export interface Pem {
  readonly cert: string
  readonly key: string
}

/** An extended key usage. */
export type Use = 'server auth' | 'client auth' | 'any'

/** What a certificate says. */
export interface Wish {
  readonly dns?: readonly string[]
  readonly uri?: readonly string[]
  /** What it is for (extended key usage). Default: it does not say. */
  readonly uses?: readonly Use[]
  /** Default: from an hour ago. */
  readonly from?: Date
  /** Default: until in an hour. */
  readonly until?: Date
}

const HOUR_MS = 3_600_000

/** An authority that signs certificates. */
export class Authority {
  readonly cert: string
  readonly #name: string
  readonly #keys = newKeys()

  constructor(name: string) {
    this.#name = name
    this.cert = this.endorse(this)
  }

  /** A certificate that another authority is one below this one. */
  endorse(other: Authority): string {
    const isAuthority = extension('551d13', sequence(boolean(true)), true)
    return this.#sign(other.#name, other.#keys.publicKey, {}, [isAuthority])
  }

  /** A certificate for a member. */
  issue(wish: Wish): Pem {
    const { publicKey, privateKey } = newKeys()
    const names = [...(wish.dns ?? []).map(dnsName), ...(wish.uri ?? []).map(uriName)]
    const extensions = [extension('551d11', sequence(...names))]
    if (wish.uses !== undefined) extensions.push(extension('551d25', sequence(...wish.uses.map(useOid))))
    const cert = this.#sign('member', publicKey, wish, extensions)
    return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
  }

  #sign(subject: string, publicKey: KeyObject, { from, until }: Wish, extensions: Buffer[]): string {
    const validity = sequence(
      time(from ?? new Date(Date.now() - HOUR_MS)),
      time(until ?? new Date(Date.now() + HOUR_MS)),
    )
    const toBeSigned = sequence(
      tagged(0xa0, integer(Buffer.of(2))),
      integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
      ecdsaWithSha256,
      nameOf(this.#name),
      validity,
      nameOf(subject),
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, sequence(...extensions)),
    )
    const signature = sign('sha256', toBeSigned, this.#keys.privateKey)
    const der = sequence(toBeSigned, ecdsaWithSha256, bitString(signature))
    const lines = der.toString('base64').match(/.{1,64}/g) ?? []
    return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
  }
}

function newKeys(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function tagged(tag: number, ...contents: Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...size), content])
}

const sequence = (...items: Buffer[]) => tagged(0x30, ...items)
const integer = (bytes: Buffer) => tagged(0x02, bytes)
const boolean = (value: boolean) => tagged(0x01, Buffer.of(value ? 0xff : 0))
const bitString = (bytes: Buffer) => tagged(0x03, Buffer.of(0), bytes)
const oid = (hex: string) => tagged(0x06, Buffer.from(hex, 'hex'))
const dnsName = (name: string) => tagged(0x82, Buffer.from(name))
const uriName = (uri: string) => tagged(0x86, Buffer.from(uri))
const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))

const uses: Readonly<Record<Use, string>> = {
  'server auth': '2b06010505070301',
  'client auth': '2b06010505070302',
  any: '551d2500',
}
const useOid = (use: Use) => oid(uses[use])

function extension(id: string, value: Buffer, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [boolean(true)] : []), tagged(0x04, value))
}

/** `CN=` this. */
function nameOf(common: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(common)))))
}

/** UTCTime, which does until 2049. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return tagged(0x17, Buffer.from(digits.slice(2)))
}
