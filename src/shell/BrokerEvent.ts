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
import { type AckError, describeAckError, describeHandoff, type Handoff } from '../step/AckRegistry.js'
import type { PeerNotOwner } from '../step/PeerPolicy.js'
import type { TraceHeader } from '../step/TraceContext.js'
import { type ConsumeError, describeConsumeError, describeIssueError, type IssueError } from '../step/TokenStore.js'

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
