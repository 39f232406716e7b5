// The public interface of @rollcall/membership.
export type { Closed, Cluster, LinkState } from './cluster.ts'
export type {
  Cause,
  Evidence,
  Ground,
  Limit,
  Observation,
  ObserverState,
  Recovery,
} from './core/certificate.ts'
export { CloseCode, type CloseCodeValue } from './core/close-code.ts'
export type { Unreached } from './core/exceptions.ts'
export type { MemberState } from './core/fact.ts'
export type { DialFailure } from './core/input.ts'
export type { ProtocolOptions } from './core/options.ts'
export type { Quorum } from './core/quorum.ts'
export type { UnreachedAddress } from './core/unreached-address.ts'
export {
  CertificateError,
  ClosedError,
  ForgetError,
  HandoverTimeoutError,
  KeyFileError,
  ListenError,
  MetadataTooLargeError,
  MetadataTypeError,
  OptionError,
  RollcallError,
  SecurityRequiredError,
  TokenError,
} from './errors.ts'
export { join } from './join.ts'
export type { Limits } from './limits.ts'
export type {
  Certificate,
  Change,
  ClusterEvent,
  ClusterEvents,
  Member,
  MemberChange,
  SelfChange,
  View,
} from './member.ts'
export {
  BackpressureError,
  type BodyPart,
  BodyTooLargeError,
  BodyTypeError,
  CancelledError,
  type Gone,
  HandlerError,
  IncompleteStreamError,
  InvalidBodyError,
  MemberGoneError,
  RemoteError,
  type RemoteFailure,
  RequestTimeoutError,
  TopicInUseError,
  ToSelfError,
  UnknownMemberError,
  UnknownTopicError,
  UnreachableError,
} from './message-errors.ts'
export type {
  BroadcastResult,
  Disposer,
  Handler,
  Messages,
  RequestOptions,
  StreamHandler,
} from './messages/api.ts'
export type { To } from './messages/peers.ts'
export type { HandlerContext } from './messages/service.ts'
export { type StreamTopic, streamTopic, type Topic, topic, type Validate } from './messages/topic.ts'
export { oldest } from './oldest.ts'
export type { JoinOptions, LeaveSignal } from './options.ts'
export {
  type CertificateOptions,
  type CertificateSecurity,
  DEFAULT_KEY_FILE,
  type KeySecurity,
  type Security,
  type SharedKey,
} from './security/options.ts'
export type { KeyUse, SecurityState, TokenState } from './security/security-state.ts'
export type { TokenBearer, TokenIdentity, TokenVerifier } from './security/token-option.ts'
export type { Seed, SeedFunction, SeedProblem, SeedSnapshot, SeedSource } from './seed-source.ts'
export type { Diagnosis } from './shell/diagnosis.ts'
export type { BeforeGoodbye, HandoverContext } from './shell/handover.ts'
export type { LeaveOptions } from './shell/leave-options.ts'
export type { Logger, LogLevel } from './shell/log.ts'
export type { Readiness, ReadinessOptions } from './shell/readiness.ts'
export type { SettledOptions } from './shell/settled.ts'
