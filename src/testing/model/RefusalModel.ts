/**
 * What a broker says when it says no, copied out of SPEC row by row.
 */
import type { Blame, NegotiationError } from '../../negotiate/Refusal.js'

/**
 * The names of the refusals.
 *
 * @category model
 * @since 0.1.0
 */
export type RefusalName = NegotiationError['_tag']

/**
 * A row: code, reason, retry hint in milliseconds, whose fault it is; the hint of `RateLimited` depends (SPEC R5).
 *
 * @category model
 * @since 0.1.0
 */
export type RefusalRow = readonly [code: number, reason: string, retryAfterMs: number, blame: Blame]

/**
 * Every refusal, in the order of the checks.
 *
 * @category constants
 * @since 0.1.0
 */
export const REFUSAL_ROWS: Readonly<Record<RefusalName, RefusalRow>> = Object.freeze({
  PeerNotOwner: [6, 'peer is not the owner', 0, 'PeerMisbehaved'], // C1, never sent
  UnsupportedFraming: [1, 'unsupported framing version', 0, 'PeerIncompatible'], // C4
  BodyTooLarge: [6, 'initial Hello frame exceeds 64 KiB', 0, 'PeerMisbehaved'], // C4
  UnexpectedEnd: [6, 'incomplete Hello frame', 0, 'PeerMisbehaved'], // C4
  HelloDeadlineExceeded: [6, 'incomplete Hello frame', 0, 'PeerMisbehaved'], // C4, C7
  MalformedFrame: [6, 'malformed broker Frame', 0, 'PeerMisbehaved'], // C4
  UnsupportedEnvelopeVersion: [1, 'frame envelope_version is not v1', 0, 'PeerIncompatible'], // E1
  UnexpectedFrameKind: [6, 'Hello frame kind must be REQUEST', 0, 'PeerMisbehaved'], // E2
  UnexpectedPayloadProtocol: [6, 'Hello frame payload_protocol must be control-plane', 0, 'PeerMisbehaved'], // E3
  CompressedPayload: [6, 'Hello payload must not be compressed', 0, 'PeerMisbehaved'], // E4
  MalformedHello: [6, 'malformed Hello payload', 0, 'PeerMisbehaved'], // E5
  ProtocolRangeExcludesV1: [1, 'client protocol range does not include v1', 0, 'PeerIncompatible'], // H1
  InvalidServiceName: [6, 'invalid service_name', 0, 'PeerMisbehaved'], // H2
  InvalidWantedVersion: [6, 'invalid wanted_version', 0, 'PeerMisbehaved'], // H3
  ClientVersionTooLong: [6, 'client_version exceeds 128 bytes', 0, 'PeerMisbehaved'], // H4
  ClientLibTooLong: [6, 'client_lib fields exceed 64 bytes', 0, 'PeerMisbehaved'], // H5
  PeerPidMismatch: [6, 'peer_pid does not match verified peer', 0, 'PeerMisbehaved'], // H6
  RateLimited: [4, 'Hello rate limit exceeded', 1, 'Overload'], // R5
  UnknownService: [2, 'service is not registered', 0, 'PeerIncompatible'], // L1
  BelowMinVersion: [8, 'wanted_version is below min_version', 30_000, 'PeerIncompatible'], // V1
  OutsideAllowList: [8, 'wanted_version is not in version_allow_list', 30_000, 'PeerIncompatible'], // V3
  MalformedSessionToken: [6, 'session token malformed: wrong byte length', 0, 'PeerMisbehaved'], // K2
  BrokerRestarted: [
    6, 'session invalidated: broker was restarted or rotated since this token was issued', 0, 'PeerMisbehaved', // K2
  ],
  DaemonNotRegistered: [6, 'session invalidated: daemon is no longer registered', 0, 'PeerMisbehaved'], // K2
  DaemonRestarted: [6, 'session invalidated: daemon was restarted since this token was issued', 0, 'PeerMisbehaved'], // K2
})
