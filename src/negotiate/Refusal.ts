/**
 * What a broker says when it says no: one table from domain errors to codes, texts and retry hints.
 *
 * This is the only place where an error meets a wire code. The errors themselves carry what was found;
 * `describeError` tells it to a person, in a log or a terminal, with what was expected and what to do.
 *
 * **Laws**
 *  1. Every error has exactly one row, and a row depends on the error's tag alone, but for the retry
 *     hint of `RateLimited` (SPEC E1–E5, H1–H6, R5, L1, V1, V3, K2, C4).
 *  2. Every refusal carries the broker's version range, 1 to 1, and no details (SPEC E7).
 *
 * **Contract** codes, texts and hints are frozen.
 */
import { absurd } from '../data/absurd.js'
import { describePeer } from '../data/PeerIdentity.js'
import { printable } from '../data/Printable.js'
import type { EnvelopeError } from '../step/Envelope.js'
import type { ShapeError } from '../step/HelloShape.js'
import type { PeerNotOwner } from '../step/PeerPolicy.js'
import type { RateLimited } from '../step/RateLimiter.js'
import type { UnknownService } from '../step/ServiceTable.js'
import type { SessionTokenError } from '../step/SessionAuthority.js'
import type { VersionPolicyError } from '../step/VersionPolicy.js'
import { type DecodeError, describeDecodeError } from '../wire/DecodeError.js'
import { describeFramingError } from '../wire/FramingError.js'
import { PROTOCOL_VERSION } from '../wire/Limits.js'
import { ErrorCode } from '../wire/messages/enums.js'
import type { Refused } from '../wire/messages/Refused.js'
import type { ConnectionError } from './Connection.js'

/**
 * Everything that can keep a Hello from being negotiated.
 *
 * @category model
 * @since 0.1.0
 */
export type NegotiationError =
  | ConnectionError
  | EnvelopeError
  | MalformedHello
  | PeerNotOwner
  | RateLimited
  | SessionTokenError
  | ShapeError
  | UnknownService
  | VersionPolicyError

/**
 * The payload of a sound envelope is no Hello; `cause` says where decoding stopped (SPEC E5).
 *
 * @category model
 * @since 0.1.0
 */
export interface MalformedHello {
  readonly _tag: 'MalformedHello'
  readonly cause: DecodeError
}

/**
 * Whose fault a refusal is: the peer broke the protocol, the two have nothing in common, or the peer
 * asks for too much at once.
 *
 * @category model
 * @since 0.1.0
 */
export type Blame = 'Overload' | 'PeerIncompatible' | 'PeerMisbehaved'

/**
 * A row of the table: the wire's code and words, when to try again, and whose fault it is.
 *
 * @category model
 * @since 0.1.0
 */
export interface Refusal {
  readonly code: number
  readonly reason: string
  readonly retryAfterMs: number
  readonly blame: Blame
}

const { ERROR_PEER_REJECTED, ERROR_RATE_LIMITED, ERROR_SERVICE_UNKNOWN, ERROR_VERSION_BLOCKED, ERROR_VERSION_UNSUPPORTED } =
  ErrorCode

/** How long a client whose version is blocked is asked to wait, in milliseconds (SPEC V1, V3). */
const VERSION_BLOCKED_RETRY_MS = 30_000

const TABLE: Readonly<Record<NegotiationError['_tag'], Refusal>> = {
  // Never on the wire: such a peer gets silence (SPEC C1).
  PeerNotOwner: misbehaved('peer is not the owner'),
  // Framing and frame, before there is a request to echo (SPEC C4).
  UnsupportedFraming: incompatible(ERROR_VERSION_UNSUPPORTED, 'unsupported framing version'),
  BodyTooLarge: misbehaved('initial Hello frame exceeds 64 KiB'),
  UnexpectedEnd: misbehaved('incomplete Hello frame'),
  HelloDeadlineExceeded: misbehaved('incomplete Hello frame'),
  MalformedFrame: misbehaved('malformed broker Frame'),
  // Envelope and payload (SPEC E1–E5).
  UnsupportedEnvelopeVersion: incompatible(ERROR_VERSION_UNSUPPORTED, 'frame envelope_version is not v1'),
  UnexpectedFrameKind: misbehaved('Hello frame kind must be REQUEST'),
  UnexpectedPayloadProtocol: misbehaved('Hello frame payload_protocol must be control-plane'),
  CompressedPayload: misbehaved('Hello payload must not be compressed'),
  MalformedHello: misbehaved('malformed Hello payload'),
  // Shape (SPEC H1–H6).
  ProtocolRangeExcludesV1: incompatible(ERROR_VERSION_UNSUPPORTED, 'client protocol range does not include v1'),
  InvalidServiceName: misbehaved('invalid service_name'),
  InvalidWantedVersion: misbehaved('invalid wanted_version'),
  ClientVersionTooLong: misbehaved('client_version exceeds 128 bytes'),
  ClientLibTooLong: misbehaved('client_lib fields exceed 64 bytes'),
  PeerPidMismatch: misbehaved('peer_pid does not match verified peer'),
  // Rate, look-up, policy (SPEC R5, L1, V1, V3).
  RateLimited: { code: ERROR_RATE_LIMITED, reason: 'Hello rate limit exceeded', retryAfterMs: 1, blame: 'Overload' },
  UnknownService: incompatible(ERROR_SERVICE_UNKNOWN, 'service is not registered'),
  BelowMinVersion: incompatible(ERROR_VERSION_BLOCKED, 'wanted_version is below min_version', VERSION_BLOCKED_RETRY_MS),
  OutsideAllowList: incompatible(
    ERROR_VERSION_BLOCKED, 'wanted_version is not in version_allow_list', VERSION_BLOCKED_RETRY_MS,
  ),
  // Session token (SPEC K2).
  MalformedSessionToken: misbehaved('session token malformed: wrong byte length'),
  BrokerRestarted: misbehaved('session invalidated: broker was restarted or rotated since this token was issued'),
  DaemonNotRegistered: misbehaved('session invalidated: daemon is no longer registered'),
  DaemonRestarted: misbehaved('session invalidated: daemon was restarted since this token was issued'),
}

/**
 * The row of an error (SPEC E1–E5, H1–H6, R5, L1, V1, V3, K2, C4).
 *
 * @example
 * import assert from 'node:assert'
 * import { isServiceName, refusalOf } from 'hello-negotiation'
 *
 * const actual = 'no-such-service'
 * if (isServiceName(actual)) {
 *   assert.deepEqual(refusalOf({ _tag: 'UnknownService', actual }), {
 *     code: 2, reason: 'service is not registered', retryAfterMs: 0, blame: 'PeerIncompatible',
 *   })
 * }
 *
 * @category queries
 * @since 0.1.0
 */
export function refusalOf(error: NegotiationError): Refusal {
  const row = TABLE[error._tag]
  return error._tag === 'RateLimited' ? { ...row, retryAfterMs: error.retryAfterMs } : row
}

/**
 * The message that tells an error to the client (SPEC E7).
 *
 * @category encodings
 * @since 0.1.0
 */
export function refusedMessage(error: NegotiationError): Refused {
  const { code, reason, retryAfterMs } = refusalOf(error)
  return {
    reason,
    daemonMinProtocol: PROTOCOL_VERSION,
    daemonMaxProtocol: PROTOCOL_VERSION,
    code,
    // A map of its own: one that all refusals shared could be written into by whoever holds one of them.
    details: new Map(),
    retryAfterMs: BigInt(wholeMs(retryAfterMs)),
  }
}

/**
 * The error for a person, on one line: what was wrong, what was expected, what to do.
 *
 * Text that a peer sent is quoted, shortened and escaped, so that a log line stays one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeError(error: NegotiationError): string {
  switch (error._tag) {
    case 'UnsupportedFraming':
      return `${describeFramingError(error)}; the peer does not speak this protocol, or spoke before connecting to the right socket`
    case 'BodyTooLarge':
      return `${describeFramingError(error)}; a Hello must fit in 64 KiB`
    case 'UnexpectedEnd':
      return `${describeFramingError(error)}; the peer closed its side too early`
    case 'HelloDeadlineExceeded':
      return `timed out waiting for broker peer to send a complete frame; it had ${error.timeoutMs} ms`
    case 'MalformedFrame':
      return `the frame is not a Frame message: ${describeDecodeError(error.cause)}`
    case 'UnsupportedEnvelopeVersion':
      return `envelope_version is ${error.actual}; expected ${error.expected}`
    case 'UnexpectedFrameKind':
      return `kind is ${error.actual}; expected ${error.expected} (REQUEST)`
    case 'UnexpectedPayloadProtocol':
      return `payload_protocol is ${hexNumber(error.actual)}; expected ${hexNumber(error.expected)} (control plane)`
    case 'CompressedPayload':
      return `payload_encoding is ${error.actual}; expected 0 (none): a Hello is never compressed`
    case 'MalformedHello':
      return `the payload is not a Hello message: ${describeDecodeError(error.cause)}`
    case 'ProtocolRangeExcludesV1':
      return `client speaks protocols ${error.actualMin} to ${error.actualMax}; the range must include 1 (an absent maximum is 0)`
    case 'InvalidServiceName':
      return `service_name is ${quoted(error.actual)}; expected 1 to 64 of a-z, 0-9 and '-'`
    case 'InvalidWantedVersion':
      return `wanted_version is ${quoted(error.actual)}; expected D.D.D or D.D.D-tail with a tail of a-z, 0-9 and '.', at most 64 bytes`
    case 'ClientVersionTooLong':
      return `client_version has ${error.actualBytes} bytes; at most ${error.maxBytes}`
    case 'ClientLibTooLong':
      return `a client_lib field has ${error.actualBytes} bytes; at most ${error.maxBytes}`
    case 'PeerPidMismatch':
      return `peer_pid claims ${error.claimed}, but the kernel says ${error.verified}; send 0 or the process's own pid`
    case 'PeerNotOwner':
      return `${printable(describePeer(error.peer))} is not the owner, user ${quoted(error.owner)}; it gets silence`
    case 'RateLimited':
      return `pid ${error.pid} has used its ${error.limit.maxPerWindow} Hellos in ${error.limit.windowMs} ms; try again in ${error.retryAfterMs} ms`
    case 'UnknownService':
      return `no service ${quoted(error.actual)} is registered; check its spelling, or register it`
    case 'BelowMinVersion':
      return `wanted_version ${error.actual} is below min_version ${error.minVersion}`
    case 'OutsideAllowList':
      return `wanted_version ${error.actual} is not in version_allow_list (${shortened([...error.allowList].join(', '))})`
    case 'MalformedSessionToken':
      return `auth_token has ${error.actualBytes} bytes; expected ${error.expectedBytes}`
    case 'BrokerRestarted':
      return 'auth_token carries another broker half: the broker was restarted or rotated; ask for a new session token'
    case 'DaemonNotRegistered':
      return `no session half is registered for ${quoted(error.serviceName)}; start its daemon`
    case 'DaemonRestarted':
      return `auth_token carries another half for ${quoted(error.serviceName)}: its daemon was restarted; ask for a new session token`
    default:
      return absurd(error)
  }
}

/** The limiter's hints are whole already; an error made by hand must not make `BigInt` throw. */
function wholeMs(value: number): number {
  return value > 0 && value < Infinity ? Math.floor(value) : 0
}

function incompatible(code: number, reason: string, retryAfterMs = 0): Refusal {
  return { code, reason, retryAfterMs, blame: 'PeerIncompatible' }
}

function misbehaved(reason: string): Refusal {
  return { code: ERROR_PEER_REJECTED, reason, retryAfterMs: 0, blame: 'PeerMisbehaved' }
}

function hexNumber(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`
}

const QUOTED_MAX_CHARACTERS = 80

function shortened(text: string): string {
  return text.length > QUOTED_MAX_CHARACTERS ? `${text.slice(0, QUOTED_MAX_CHARACTERS)}…` : text
}

function quoted(text: string): string {
  return printable(JSON.stringify(shortened(text)))
}
