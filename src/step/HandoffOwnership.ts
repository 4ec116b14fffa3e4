/**
 * Who has the client's stream once a handoff has failed, as a table (SPEC X8, X9).
 *
 * The stream must never have two owners that write to it. Whoever cannot know that the other side does
 * not have it lets go.
 *
 * **Laws**
 *  1. Every failure has exactly one owner, and it depends on the failure alone.
 *  2. The broker keeps the stream only where the backend cannot have it, or has said that it does not
 *     want it (SPEC X8).
 *
 * **Not here** what follows every failure: the token is abandoned, and the client is told nothing (SPEC X9).
 * **Contract** the texts are frozen (SPEC X6); none of them goes over the wire.
 */
import { absurd } from '../data/absurd.js'
import { describeFramingError, type FramingError } from '../wire/FramingError.js'
import { type AckFault, describeAckFault } from './AckReader.js'
import { type AckError, describeAckError } from './AckRegistry.js'

/**
 * The steps by which a stream gets to a backend: one where the socket travels with the message, two
 * where a handle is duplicated first (SPEC X9).
 *
 * @category model
 * @since 0.1.0
 */
export type DeliveryStage = 'Deliver' | 'Duplicate' | 'Send'

/**
 * Where a handoff can fail (SPEC X9).
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffStage = 'Acknowledge' | 'AwaitAck' | DeliveryStage

/**
 * Who has the stream: the backend alone, the broker alone, or, `Relinquished`, perhaps the backend and
 * surely no longer the broker, which closes its end and says nothing more.
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffOwner = 'Backend' | 'Broker' | 'Relinquished'

/**
 * No ACK came while it could still be in time; the backend had `ackDeadlineMs` milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface NoAckInTime {
  readonly _tag: 'NoAckInTime'
  readonly ackDeadlineMs: number
}

/**
 * Why a handoff came to nothing: the socket was not delivered, no sound ACK was observed, or the broker's
 * own registry refused the ACK; `ReadyNotWritten` is what can go wrong after a handoff has succeeded.
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffFailure =
  | { readonly _tag: 'AckNotObserved'; readonly fault: AckFault | FramingError | NoAckInTime }
  | { readonly _tag: 'AckRefused'; readonly error: AckError }
  | {
      readonly _tag: 'DeliveryFailed'
      readonly stage: DeliveryStage
      readonly detail: string
      readonly handleMayHaveArrived: boolean
    }
  | { readonly _tag: 'ReadyNotWritten'; readonly detail: string }

/**
 * The stages in their order, where sockets travel with messages and where handles are duplicated (SPEC X9).
 *
 * @category constants
 * @since 0.1.0
 */
export const HANDOFF_STAGES: Readonly<Record<'Unix' | 'Windows', ReadonlyArray<HandoffStage>>> = Object.freeze({
  Unix: Object.freeze(['Send', 'AwaitAck', 'Acknowledge'] as const),
  Windows: Object.freeze(['Duplicate', 'Deliver', 'AwaitAck', 'Acknowledge'] as const),
})

/**
 * Who has the stream after a failure (SPEC X8).
 *
 * @example
 * import assert from 'node:assert'
 * import { HandoffOwnership } from 'hello-negotiation/step'
 *
 * const failed = { _tag: 'DeliveryFailed', stage: 'Send', detail: 'channel closed' } as const
 * assert.equal(HandoffOwnership.ownerAfter({ ...failed, handleMayHaveArrived: false }), 'Broker')
 * assert.equal(HandoffOwnership.ownerAfter({ ...failed, handleMayHaveArrived: true }), 'Relinquished')
 *
 * @category queries
 * @since 0.1.0
 */
export function ownerAfter(failure: HandoffFailure): HandoffOwner {
  switch (failure._tag) {
    case 'AckNotObserved':
      // An explicit, valid rejection is the one answer that says the backend does not have the stream.
      return failure.fault._tag === 'BackendRefused' ? 'Broker' : 'Relinquished'
    case 'AckRefused':
      return 'Relinquished'
    case 'DeliveryFailed':
      return failure.handleMayHaveArrived ? 'Relinquished' : 'Broker'
    case 'ReadyNotWritten':
      return 'Backend'
    default:
      return absurd(failure)
  }
}

/**
 * The stage at which a failure happened (SPEC X9).
 *
 * @category queries
 * @since 0.1.0
 */
export function stageOf(failure: HandoffFailure): HandoffStage {
  switch (failure._tag) {
    case 'AckNotObserved':
      return 'AwaitAck'
    case 'AckRefused':
    case 'ReadyNotWritten':
      return 'Acknowledge'
    case 'DeliveryFailed':
      return failure.stage
    default:
      return absurd(failure)
  }
}

/**
 * The failure on one line, in the reference's words (SPEC X6, A2).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeHandoffFailure(failure: HandoffFailure): string {
  switch (failure._tag) {
    case 'AckNotObserved':
      return `backend handoff ACK was not observed: ${describeFault(failure.fault)}`
    case 'AckRefused':
      return `backend handoff ACK was not observed: ${describeAckError(failure.error)}`
    case 'DeliveryFailed':
      return `handoff delivery to backend failed: ${failure.detail}`
    case 'ReadyNotWritten':
      return `the client was not told that its stream was handed off: ${failure.detail}`
    default:
      return absurd(failure)
  }
}

function describeFault(fault: AckFault | FramingError | NoAckInTime): string {
  switch (fault._tag) {
    case 'BodyTooLarge':
    case 'UnexpectedEnd':
    case 'UnsupportedFraming':
      return describeFramingError(fault)
    case 'NoAckInTime':
      return `backend ACK deadline (${fault.ackDeadlineMs} ms) exceeded`
    default:
      // What is left is what the reader of ACKs finds, and it has the words for it.
      return describeAckFault(fault)
  }
}
