// What the protocol promises, as formulas in the number of members, its options and the network. The invariants and
// the scenarios measure against these and nothing else.
import { ISOLATED_PATIENCE, type ProtocolOptions, redialGraceMs } from '@rollcall/membership/internal'
import type { NetworkOptions } from './routes.ts'

/** All bounds; times in ms. */
export interface Bounds {
  /** From a crash whose address refuses dials to `failed` in the last view. */
  readonly crashRefusedMs: number
  /** The same where the address has gone with the process. */
  readonly crashGoneMs: number
  /** From a freeze, a cut or a lost host to `suspect` in the last view, in a calm cluster of whatever size. */
  readonly silenceSuspectMs: number
  /** The same to `failed`. */
  readonly silenceFailedMs: number
  /** What the median of many of these times is at most. */
  readonly medianSuspectMs: number
  readonly medianFailedMs: number
  /** From a freeze to `failed` even when nobody happens to probe for as long as hardly ever. */
  readonly silenceWorstMs: number
  /** From any death to `failed`, whatever else goes wrong at the time. */
  readonly completenessMs: number
  /** The same in the view of a member that hears nobody of several others. */
  readonly isolatedCompletenessMs: number
  /** A stop shorter than this must not make anyone `failed`. */
  readonly toleratedStallMs: number
  /** The same of a member that is, or was, cut off from some, or has a link that has died without a word, while others hear it. */
  readonly toleratedStallBesideCutMs: number
  /** The same of a member that refuses dials, while another loses its links. */
  readonly toleratedStallRefusingMs: number
  /** From the end of a disturbance to the last view in which it is mended. */
  readonly repairMs: number
  /** From the end of all disturbances to equal views. */
  readonly agreementMs: number
  /** From a link's death that neither end is told of to another link in its place. */
  readonly deadLinkMs: number
  /** From the waking of a member that slept for longer than a tombstone until it holds nobody who ended meanwhile. */
  readonly oversleptMs: number
  /** From the last byte heard to `isolated`. */
  readonly isolatedMs: number
  /** From a cut to the last member of its smaller side that says it is in no majority. */
  readonly standDownMs: number
  /** From a goodbye or a change to the last view, at one hop. */
  readonly oneHopMs: number
  /** Frames one member sends in a second of quiet. */
  readonly quietFramesPerSecond: number
  /** How long members go on telling what has changed, for N changes at once. */
  readonly newsMs: number
  /** Bytes in those frames, once no news is told any more. */
  readonly quietBytesPerSecond: number
  /** Hellos one member sends in a second to members of another cluster, who look for one of theirs at its address. */
  readonly foreignHellosPerSecond: number
  /** Wake-ups of one member in a second of quiet. */
  readonly quietWakesPerSecond: number
  /** Dials of all survivors together until a crash whose address refuses dials is `failed` everywhere. */
  readonly crashDials: number
  /** Frames that all survivors together send for it, those of a quiet cluster aside. */
  readonly crashFrames: number
  /** Frames one member sends in any second, whatever happens, its application's calls aside. */
  readonly framesPerSecond: number
  /** Frames it sends for each call that everybody is told of: a change of metadata, the forgetting of a member. */
  readonly callFrames: number
  /** Bytes in those frames, metadata aside. */
  readonly bytesPerSecond: number
  /** Wake-ups of one member in any second. */
  readonly wakesPerSecond: number
  /** Dials per pair of members when a cluster forms. */
  readonly dialsPerPair: number
  /** Connections one member holds at once, dials and strangers included. */
  readonly sockets: number
}

/** The bounds for a cluster of at most so many members (all lives of a name count as one). */
export function boundsFor(members: number, protocol: ProtocolOptions, network: NetworkOptions): Bounds {
  const roundTripMs = roundTripMsOf(network)
  // A verdict takes: the reset, the first redial, the others' redials after their grace, the votes, the news.
  const graceMs = redialGraceMs(protocol, members)
  const crashMs = 2 * graceMs + 6 * roundTripMs
  // Without enough votes the member is suspected first and its refusal asked for once more.
  const fewVotesMs = protocol.voteWindowMs + protocol.secondRefusalMs + graceMs
  // A dial that hangs, the longest wait for the next, and each address's turn among the redials.
  const repairMs = protocol.connectTimeoutMs + protocol.maxRedialMs + 1000 + (1000 * members) / 20
  const slackMs = 4 * protocol.probeIntervalMs
  // On average one member in the cluster probes a given one each period; hardly ever nobody does for eight.
  const unprobedMs = 8 * protocol.probeIntervalMs + 2 * roundTripMs
  // Its own wait, and that of the helpers, of whom each waits as long again.
  const silentProbeMs = 3 * protocol.minProbeTimeoutMs
  const framesPerPeriod = quietFramesPerPeriod(members, protocol, network)
  return {
    crashRefusedMs: crashMs + fewVotesMs,
    crashGoneMs: protocol.connectTimeoutMs + crashMs + protocol.addressGoneMs + slackMs,
    silenceSuspectMs: unprobedMs + silentProbeMs,
    silenceFailedMs: unprobedMs + protocol.failAfterMs,
    medianSuspectMs: unprobedMs / 8 + silentProbeMs,
    medianFailedMs: unprobedMs / 8 + protocol.failAfterMs,
    // In shuffled round-robin a member waits for 2 (N - 1) of another's periods at most; and that no one of many probes
    // it for 14 periods happens once in a million times.
    silenceWorstMs:
      unprobedMs + Math.min(14, 2 * (members - 1)) * protocol.probeIntervalMs + protocol.failAfterMs,
    completenessMs: protocol.failUnconfirmedAfterMs + 2 * slackMs + 2 * protocol.maxProbeTimeoutMs,
    isolatedCompletenessMs: ISOLATED_PATIENCE * protocol.failUnconfirmedAfterMs + 2 * slackMs,
    toleratedStallMs: protocol.failAfterMs - 2 * protocol.probeIntervalMs,
    // A probe into the cut may have begun before the stop: its own wait and the helpers' are gone already.
    toleratedStallBesideCutMs:
      protocol.failAfterMs - 2 * protocol.probeIntervalMs - 2 * protocol.maxProbeTimeoutMs,
    // Whoever is linked to it still could only have spoken for it if it had answered.
    toleratedStallRefusingMs: protocol.voteWindowMs + protocol.secondRefusalMs,
    repairMs,
    agreementMs:
      protocol.failUnconfirmedAfterMs + protocol.connectTimeoutMs + 2 * protocol.maxRedialMs + 100 * members,
    // Few that are cut from many have each of them to probe.
    standDownMs:
      members * protocol.probeIntervalMs + protocol.failUnconfirmedAfterMs + 2 * protocol.maxProbeTimeoutMs,
    // Two probes of one member are at most two rounds apart.
    deadLinkMs: 3 * members * protocol.probeIntervalMs + 3 * protocol.maxProbeTimeoutMs + repairMs,
    // Nobody else remembers them: it has to probe each of them by itself.
    oversleptMs:
      2 * members * protocol.probeIntervalMs +
      protocol.failUnconfirmedAfterMs +
      2 * protocol.maxProbeTimeoutMs,
    isolatedMs: 2 * protocol.isolatedAfterMs + 1000,
    oneHopMs: 2 * roundTripMs,
    quietFramesPerSecond: framesPerPeriod * (1000 / protocol.probeIntervalMs),
    // Twelve items on each ping and ack, each item 4 ceil(log10(N + 1)) times; and as long again for bad luck.
    newsMs: (8 + (members / 12) * 4 * Math.ceil(Math.log10(members + 1))) * protocol.probeIntervalMs,
    quietBytesPerSecond: 24 * framesPerPeriod * (1000 / protocol.probeIntervalMs),
    // Each of them tries again after half of `foreignRedialMs` at the earliest.
    foreignHellosPerSecond: (2000 * members) / protocol.foreignRedialMs,
    quietWakesPerSecond: 40,
    crashDials: protocol.firstRedialers,
    // A vote to everybody by each that redials, and the answers to votes that came after the verdict.
    crashFrames: protocol.firstRedialers * (members + protocol.firstRedialers),
    framesPerSecond: 60 * Math.max(members, 4),
    callFrames: members,
    bytesPerSecond: 64 * 60 * Math.max(members, 4),
    wakesPerSecond: 400,
    dialsPerPair: 1.2,
    sockets: 2 * members + protocol.maxDials + 64,
  }
}

/**
 * A ping and, on average, an ack each period; others' probes can come in bunches, and lost ones are asked for again. Where
 * one of a probe's two packets is lost, four frames pass for each helper.
 */
function quietFramesPerPeriod(members: number, protocol: ProtocolOptions, network: NetworkOptions): number {
  if (network.lossChance === 0) return 3.5
  const helpers = Math.max(protocol.indirectProbes, Math.min(members, 9) - 2)
  return 5 + 8 * helpers * network.lossChance
}

/** The longest round trip: both ways at their slowest, or the first retransmission each way. */
export function roundTripMsOf(network: NetworkOptions): number {
  return 2 * (network.maxLatencyMs + network.jitterMs) + (network.lossChance > 0 ? 400 : 0)
}
