/**
 * What a broker's host tells of handoffs, one line each: who, whose service, how far, whose stream it is, why.
 *
 * **Laws**
 *  1. No notice contains a byte of a token; a handoff is known by its connection id (SPEC X7).
 */
import { absurd } from '../../../data/absurd.js'
import { describePeer, type PeerIdentity } from '../../../data/PeerIdentity.js'
import { printable } from '../../../data/Printable.js'
import type { ServiceName } from '../../../data/ServiceName.js'
import type { HandoffOwner, HandoffStage } from '../../../step/HandoffOwnership.js'
import type { FallbackReason } from '../../../step/HandoffPolicy.js'

/**
 * One handoff's end. `elapsedMs` counts from the reply, in milliseconds on the broker's clock.
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffNotice = HandoffEnd & {
  readonly peer: PeerIdentity
  readonly serviceName: ServiceName
  readonly connectionId: bigint
  readonly elapsedMs: number
}

/**
 * How a handoff ended: not begun, transferred, or fallen back.
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffEnd =
  | {
      readonly _tag: 'HandoffFellBack'
      readonly stage: HandoffStage
      readonly owner: HandoffOwner
      /** What the failure counts as with the backend, `undefined` where the backend has no part in it. */
      readonly reason: FallbackReason | undefined
      readonly detail: string
    }
  | {
      readonly _tag: 'HandoffSkipped'
      readonly reason: FallbackReason
      /** When the next attempt may be made, where the backend has failed too often (SPEC B1). */
      readonly retryAfterMs: number | undefined
    }
  | {
      readonly _tag: 'HandoffTransferred'
      /** How long the backend took for its ACK, by the registry's clock. */
      readonly waitedMs: number
      /** Why the client could not be told, where it could not: then the backend closes the stream (SPEC X8). */
      readonly readyFailure: string | undefined
    }

/**
 * The notice on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeHandoffNotice(notice: HandoffNotice): string {
  return printable(`handoff of ${notice.serviceName} connection ${notice.connectionId}, ${describePeer(notice.peer)}: `
    + `${describeEnd(notice)} (${tenths(notice.elapsedMs)} ms)`)
}

function describeEnd(notice: HandoffNotice): string {
  switch (notice._tag) {
    case 'HandoffFellBack':
      return `fell back at ${notice.stage}, stream: ${notice.owner}, `
        + `reason: ${notice.reason ?? 'none of the backend\'s'}: ${notice.detail}`
    case 'HandoffSkipped':
      return `not attempted, reason: ${notice.reason}${
        notice.retryAfterMs === undefined ? '' : `; again in ${tenths(notice.retryAfterMs)} ms`}`
    case 'HandoffTransferred':
      return `transferred, stream: Backend, acknowledged after ${tenths(notice.waitedMs)} ms${
        notice.readyFailure === undefined ? '' : `; ${notice.readyFailure}`}`
    default:
      return absurd(notice)
  }
}

function tenths(durationMs: number): number {
  return Math.round(durationMs * 10) / 10
}
