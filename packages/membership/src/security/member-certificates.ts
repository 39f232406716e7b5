// The certificates of a running member, where they come from, and how they are renewed.

import { CertificateError } from '../errors.ts'
import type { PeerLog } from '../shell/log.ts'
import type { Platform } from '../shell/platform.ts'
import type { Timer } from '../shell/timers.ts'
import {
  type CertificateSources,
  type Certificates,
  type CertificateTexts,
  checkCertificates,
  pathsIn,
  readCertificates,
} from './certificate-files.ts'
import { CertificateProtection } from './certificate-protection.ts'
import { Follower } from './follower.ts'
import { isoTime } from './iso-time.ts'
import { objectionsTo, type Use } from './own-certificate.ts'
import { PeerNames } from './peer-names.ts'

/** Longest that a timer can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1

/** What is said of them at the start. */
export interface CertificateChoice {
  readonly sources: CertificateSources
  readonly peerName: readonly string[]
  /** What this member goes by. */
  readonly memberName: string
  /** What its certificate has to be for. */
  readonly uses: readonly Use[]
  /** See `CertificateProtection`. */
  readonly mayShowNone: boolean
}

/** What certificates take. */
export interface CertificateTools {
  readonly platform: Pick<Platform, 'readTextFile' | 'wallNow' | 'setTimer' | 'clearTimer'>
  readonly log: PeerLog
}

export class MemberCertificates {
  readonly protection: CertificateProtection
  readonly peerNames: PeerNames
  /** The files that are followed. */
  readonly paths: readonly string[]
  /** Called when other certificates count. */
  onChange: () => void = () => {}
  readonly #choice: CertificateChoice
  readonly #tools: CertificateTools
  #certificates: Certificates
  #objections: readonly string[] = []
  #problem: string | undefined
  #follower: Follower | undefined
  /** Runs until a certificate that has come too early is valid. */
  #untilValid: Timer | undefined
  /** Runs until our own has expired. */
  #untilExpired: Timer | undefined

  private constructor(certificates: Certificates, choice: CertificateChoice, tools: CertificateTools) {
    this.peerNames = new PeerNames(choice.peerName)
    this.protection = new CertificateProtection(certificates, this.peerNames, choice.mayShowNone)
    this.paths = pathsIn(choice.sources)
    this.#choice = choice
    this.#certificates = certificates
    this.#tools = tools
    this.#lookAtOwn()
    this.#awaitEnd()
  }

  /** Reads and checks them, and follows those that are files. Rejects with CertificateError. */
  static async open(choice: CertificateChoice, tools: CertificateTools): Promise<MemberCertificates> {
    const { platform } = tools
    const { sources, uses } = choice
    const texts = await readCertificates(sources, platform.readTextFile)
    const certificates = checkCertificates(texts, sources, platform.wallNow(), uses)
    const opened = new MemberCertificates(certificates, choice, tools)
    if (opened.paths.length > 0) opened.#follow(texts)
    return opened
  }

  /** DNS names and URIs of our own certificate. */
  get names(): readonly string[] {
    return this.#certificates.names.map(({ text }) => text)
  }

  /** Why members with the same options refuse it, in sentences. */
  get objections(): readonly string[] {
    return this.#objections
  }

  /** From when it counts, in ms since 1970; undefined where this member shows none. */
  get validFrom(): number | undefined {
    return this.#certificates.validFrom
  }

  /** When it ends, likewise. */
  get validUntil(): number | undefined {
    return this.#certificates.validUntil
  }

  /** What is wrong with the files now; what counts is what they had before. */
  get problem(): string | undefined {
    return this.#problem
  }

  stop(): void {
    this.#follower?.stop()
    this.#tools.platform.clearTimer(this.#untilValid)
    this.#tools.platform.clearTimer(this.#untilExpired)
  }

  #follow(texts: CertificateTexts): void {
    let found: CertificateTexts | Error = texts
    this.#follower = new Follower({
      said: JSON.stringify(texts),
      look: async () => {
        found = await this.#look()
        return found instanceof Error ? found.message : JSON.stringify(found)
      },
      changed: () => this.#renew(found),
      timers: this.#tools.platform,
    })
  }

  async #look(): Promise<CertificateTexts | Error> {
    try {
      return await readCertificates(this.#choice.sources, this.#tools.platform.readTextFile)
    } catch (error) {
      return error as Error
    }
  }

  #renew(found: CertificateTexts | Error): void {
    const { platform, log } = this.#tools
    const { sources, uses } = this.#choice
    platform.clearTimer(this.#untilValid)
    try {
      if (found instanceof Error) throw found
      const certificates = checkCertificates(found, sources, platform.wallNow(), uses)
      this.#refuseEarly(found, certificates)
      this.protection.replace(certificates)
      this.#certificates = certificates
      this.#problem = undefined
    } catch (error) {
      const { message } = error as Error
      this.#problem = message
      log.write(
        'error',
        { kind: 'certificates', err: error },
        `the certificates stay as they were: ${message}`,
      )
      return
    }
    log.write('info', { kind: 'certificates' }, `other certificates: ${this.#shown()}`)
    this.#lookAtOwn()
    this.#awaitEnd()
    this.onChange()
  }

  /** Links go on when our own has expired, and so nobody would notice before the next start of a pod. */
  #awaitEnd(): void {
    const { platform, log } = this.#tools
    platform.clearTimer(this.#untilExpired)
    const { validUntil } = this.#certificates
    if (validUntil === undefined) return
    const leftMs = validUntil - platform.wallNow()
    if (leftMs > 0) {
      this.#untilExpired = platform.setTimer(() => this.#awaitEnd(), Math.min(leftMs, MAX_DELAY_MS))
      return
    }
    const text = `the certificate of this member has expired (${isoTime(validUntil)}): no new link comes about`
    log.write('error', { kind: 'certificates' }, text)
  }

  /** A warning whenever there is something else against our own. */
  #lookAtOwn(): void {
    const before = this.#objections.join(' ')
    this.#objections = objectionsTo(this.#certificates, this.peerNames, this.#choice.memberName)
    const now = this.#objections.join(' ')
    if (now !== '' && now !== before) this.#tools.log.write('warn', { kind: 'certificates' }, now)
  }

  /** Nobody lets in whose certificate is not valid yet: the one from before is shown until then. @throws CertificateError */
  #refuseEarly(found: CertificateTexts, { validFrom = 0 }: Certificates): void {
    const { platform } = this.#tools
    const earlyMs = validFrom - platform.wallNow()
    if (earlyMs <= 0) return
    this.#untilValid = platform.setTimer(() => this.#renew(found), Math.min(earlyMs, MAX_DELAY_MS))
    const { cert = '' } = this.#choice.sources
    const path = this.paths.includes(cert) ? cert : undefined
    throw new CertificateError('cert', path, `is not valid before ${isoTime(validFrom)}`)
  }

  #shown(): string {
    const { validUntil, authorities } = this.#certificates
    const trusted = `${authorities.size} trusted ${authorities.size === 1 ? 'authority' : 'authorities'}`
    if (validUntil === undefined) return trusted
    return `${this.names.join(', ')}, valid until ${isoTime(validUntil)}; ${trusted}`
  }
}
