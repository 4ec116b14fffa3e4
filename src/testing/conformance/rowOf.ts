/**
 * The row of SPEC that an outcome is about.
 */
import type { NegotiationError } from '../../negotiate/Refusal.js'
import type { Outcome } from '../../negotiate/negotiate.js'

/** @internal */
export function rowOf(outcome: Outcome): string {
  return outcome._tag === 'Negotiated' ? 'N1' : ROWS[outcome.error._tag]
}

const ROWS: Readonly<Record<NegotiationError['_tag'], string>> = {
  BelowMinVersion: 'V1',
  BodyTooLarge: 'F3',
  BrokerRestarted: 'K2',
  ClientLibTooLong: 'H5',
  ClientVersionTooLong: 'H4',
  CompressedPayload: 'E4',
  DaemonNotRegistered: 'K2',
  DaemonRestarted: 'K2',
  HelloDeadlineExceeded: 'C7',
  InvalidServiceName: 'H2',
  InvalidWantedVersion: 'H3',
  MalformedFrame: 'C4',
  MalformedHello: 'E5',
  MalformedSessionToken: 'K2',
  OutsideAllowList: 'V3',
  PeerNotOwner: 'C1',
  PeerPidMismatch: 'H6',
  ProtocolRangeExcludesV1: 'H1',
  RateLimited: 'R5',
  UnexpectedEnd: 'F5',
  UnexpectedFrameKind: 'E2',
  UnexpectedPayloadProtocol: 'E3',
  UnknownService: 'L1',
  UnsupportedEnvelopeVersion: 'E1',
  UnsupportedFraming: 'F2',
}
