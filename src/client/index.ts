/**
 * The client floor: what the side that says Hello needs.
 */
export * as Adoption from './Adoption.js'
export type { Adopted, AdoptionDeclined, AdoptionEvent, Reconnect, ReconnectReason } from './Adoption.js'
export * as ClientConnection from './ClientConnection.js'
export type { ClientEvent } from './ClientConnection.js'
export { type ClientHello, clientHello, type ReplyExpectation } from './ClientHello.js'
export {
  type AnswerError, type BrokenReply, type ClientOutcome, describeAnswerError, type NegotiatedReply, type RefusedReply,
  type TimedOutReply,
} from './ClientOutcome.js'
export * from './ClientRequest.js'
export * from './clientTimeout.js'
export * from './doctorProbe.js'
export * from './EndpointName.js'
export * from './EndpointPath.js'
export * from './EscapeHatch.js'
export * as FrameClient from './FrameClient.js'
export * from './HelloRequest.js'
export * from './HelloSkip.js'
export {
  type Blake3, DIGEST_BYTES, type DigestTooShort, type HostEnvironment, hostHash, type HostHash, type HostHashError, identityText,
  type InvalidHostHash, type InvalidUserId, type LinuxHost, type MacHost, parseHostHash, type WindowsHost,
} from './HostHash.js'
export * from './PipeName.js'
export * as Plan from './Plan.js'
export type { Attempts, ConnectBackend, GiveUpReason, Happened, Move, Unreachable } from './Plan.js'
export { DEFAULT_PLAN, DEFAULT_REACTIONS, NO_RETRY_PLAN, type NoRefusal, type PlanPolicy, type Reaction, type Reactions } from './PlanPolicy.js'
export { describeReplyError, readReply, type ReplyError, type ReplyResult } from './readReply.js'
export * from './RefusalKind.js'
export {
  describeRequestFault, type RequestFault, type RequestFaultAt, type RequestTextField, type RequestU32Field, type RequestU64Field,
} from './RequestFault.js'
export type { Dialect } from './judgeReply.js'
export type { Route } from './Route.js'
