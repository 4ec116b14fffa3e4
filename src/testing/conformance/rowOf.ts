/**
 * The row of SPEC that an outcome is about, and the one that a refusal's words are from.
 */
import type { Outcome } from '../../negotiate/negotiate.js'
import { type NegotiationError, refusalOf } from '../../negotiate/Refusal.js'

type Tag = NegotiationError['_tag']

/** @internal */
export function rowOf(outcome: Outcome): string {
  return outcome._tag === 'Negotiated' ? 'N1' : ROWS[outcome.error._tag]
}

/** @internal The row that has these words, if one has. */
export function rowOfReason(reason: string): string | undefined {
  return REASON_ROWS.get(reason)
}

const ROWS: Readonly<Record<Tag, string>> = {
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

/** The words depend on the tag alone (law 1 of `Refusal`). */
const REASON_ROWS: ReadonlyMap<string, string> = new Map(
  (Object.entries(ROWS) as ReadonlyArray<[Tag, string]>).map(([_tag, row]) => [refusalOf({ _tag } as NegotiationError).reason, row]),
)
