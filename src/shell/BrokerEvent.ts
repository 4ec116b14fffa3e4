/**
 * What a broker tells of itself: one plain event a transition, for metrics and logs.
 *
 * **Laws**
 *  1. No event contains a byte of a token or of a session half; handoffs are told apart by their
 *     connection id, which is also their correlation id (SPEC X7).
 */
import { absurd } from '../data/absurd.js'
import { describePeer, type PeerIdentity } from '../data/PeerIdentity.js'
import { printable } from '../data/Printable.js'
import type { ServiceName } from '../data/ServiceName.js'
import { type Blame, describeError, type NegotiationError, refusalOf } from '../negotiate/Refusal.js'
import type { AckError, Handoff } from '../step/AckRegistry.js'
import type { PeerNotOwner } from '../step/PeerPolicy.js'
import type { TraceHeader } from '../step/TraceContext.js'
import type { AcceptError, ConsumeError, IssueError } from '../step/TokenStore.js'

/**
 * One transition, and the instant on the broker's clock when it happened.
 *
 * @category model
 * @since 0.1.0
 */
export type BrokerEvent = { readonly nowMs: number } & (
  | { readonly _tag: 'AckRefused'; readonly error: AckError }
  | { readonly _tag: 'HandoffAbandoned'; readonly handoff: Handoff }
  | { readonly _tag: 'HandoffAcknowledged'; readonly handoff: Handoff; readonly waitedMs: number }
  | { readonly _tag: 'HandoffExpired'; readonly handoff: Handoff; readonly ackDeadlineMs: number }
  | { readonly _tag: 'HandoffIssued'; readonly handoff: Handoff }
  | { readonly _tag: 'HandoffWithheld'; readonly serviceName: ServiceName; readonly connectionId: bigint; readonly error: IssueError }
  | {
      readonly _tag: 'Negotiated'
      readonly peer: PeerIdentity
      readonly serviceName: ServiceName
      readonly connectionId: bigint
      readonly daemonVersion: string
      /** The trace headers that may go on to the backend (SPEC C8, DIV-C1). */
      readonly trace: ReadonlyArray<TraceHeader>
    }
  | { readonly _tag: 'PeerRejected'; readonly error: PeerNotOwner }
  | { readonly _tag: 'Refused'; readonly peer: PeerIdentity; readonly error: NegotiationError; readonly code: number; readonly blame: Blame }
  | { readonly _tag: 'TokenConsumed' }
  | { readonly _tag: 'TokenRefused'; readonly error: ConsumeError }
  | { readonly _tag: 'TokensExpired'; readonly count: number }
)

/**
 * An event as one line for a person.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeEvent(event: BrokerEvent): string {
  return printable(describe(event))
}

function describe(event: BrokerEvent): string {
  switch (event._tag) {
    case 'AckRefused':
      return `ACK refused: ${describeAckError(event.error)}`
    case 'HandoffAbandoned':
      return `handoff abandoned: ${describeHandoff(event.handoff)}; its token is revoked`
    case 'HandoffAcknowledged':
      return `handoff acknowledged: ${describeHandoff(event.handoff)} after ${Math.round(event.waitedMs * 10) / 10} ms`
    case 'HandoffExpired':
      return `handoff expired: ${describeHandoff(event.handoff)} was not acknowledged within ${event.ackDeadlineMs} ms; its token is revoked`
    case 'HandoffIssued':
      return `handoff issued: ${describeHandoff(event.handoff)}`
    case 'HandoffWithheld':
      return `handoff withheld: ${event.serviceName} connection ${event.connectionId}: ${describeIssueError(event.error)}`
    case 'Negotiated':
      return `negotiated: ${event.serviceName} ${event.daemonVersion} connection ${event.connectionId} for ${describePeer(event.peer)}`
    case 'PeerRejected':
      return `peer rejected: ${describePeer(event.error.peer)} is not the owner, user ${event.error.owner}; closed without an answer`
    case 'Refused':
      return `refused: ${describePeer(event.peer)}: ${refusalOf(event.error).reason} (code ${event.code}): ${describeError(event.error)}`
    case 'TokenConsumed':
      return 'token consumed'
    case 'TokenRefused':
      return `token refused: ${describeConsumeError(event.error)}`
    case 'TokensExpired':
      return `tokens expired: ${event.count}`
    default:
      return absurd(event)
  }
}

/**
 * Why an ACK was not accepted, in the reference's words (SPEC A2).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeAckError(error: AckError): string {
  return error._tag === 'TokenNotPending'
    ? 'handoff ACK token is not pending'
    : `backend ACK deadline (${error.ackDeadlineMs} ms) exceeded for ${describeHandoff(error.handoff)}`
}

/**
 * Why a token was not consumed or accepted, in the reference's words (SPEC T5, T8).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeConsumeError(error: AcceptError): string {
  switch (error._tag) {
    case 'TokenExpired':
      return 'handoff token expired'
    case 'TokenMismatch':
      return 'handoff token mismatch'
    case 'TokenMissing':
      return 'handoff token is missing'
    case 'TokenNotPending':
      return 'handoff token is not pending'
    case 'WrongTokenLength':
      return `handoff token length was ${error.actualBytes} bytes; expected ${error.expectedBytes}`
    default:
      return absurd(error)
  }
}

/**
 * Why no token was issued, in the reference's words (SPEC T3).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeIssueError(error: IssueError): string {
  switch (error._tag) {
    case 'CollisionAttemptsExhausted':
      return `handoff token allocation exhausted after ${error.attempts} collision attempts`
    case 'PendingLimitReached':
      return `handoff token pending limit reached (${error.max})`
    case 'RandomSourceFailed':
      return `handoff token random generation failed: no draw left after ${error.drawsUsed}`
    default:
      return absurd(error)
  }
}

function describeHandoff({ serviceName, connectionId }: Handoff): string {
  return `${serviceName} connection ${connectionId}`
}
