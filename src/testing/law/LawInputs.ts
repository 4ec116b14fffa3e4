/**
 * The kinds of input that laws take, by name. Each is plain data, and small enough to be read when a law fails.
 *
 * **Not here** arbitraries: `inputs` has one for each name.
 */
import type { ReplyExpectation } from '../../client/ClientHello.js'
import type { ClientRequestFields } from '../../client/ClientRequest.js'
import type { Happened } from '../../client/Plan.js'
import type { PlanPolicy } from '../../client/PlanPolicy.js'
import type { HandoffSubject } from '../../negotiate/HandoffAttempt.js'
import type { Policy } from '../../negotiate/Policy.js'
import type { FailureLimit } from '../../step/FailureWindows.js'
import type { AcceptanceLimits } from '../../step/HandoffAcceptance.js'
import type { HandoffFacts } from '../../step/HandoffPolicy.js'
import type { PendingLimits } from '../../step/PendingHandoffs.js'
import type { TokenHappening } from '../arbitrary/handoff.js'
import type { BrokerLife, HelloCame } from './BrokerLife.js'
import type { HandoffToken } from '../../data/HandoffToken.js'
import type { Draws, TokenLimits } from '../../step/TokenStore.js'

/**
 * What a law may ask for.
 *
 * @category model
 * @since 0.1.0
 */
export interface LawInputs {
  readonly AckStream: AckStream
  readonly BrokerLife: BrokerLife
  readonly CutExchange: CutExchange
  readonly FailedDelivery: FailedDelivery
  readonly FailureLife: FailureLife
  readonly HandoffFacts: HandoffFacts
  /** What somebody says is a snapshot. */
  readonly HostileSnapshot: unknown
  readonly InterruptedLife: InterruptedLife
  readonly JoinedHandoff: JoinedHandoff
  readonly LatencySamples: LatencySamples
  readonly OfferStream: AckStream
  readonly Planning: Planning
  readonly QueueLife: QueueLife
  readonly ReadyStream: ReadyStream
  readonly ReplyStream: ReplyStream
  /** A request without a fault. */
  readonly Request: ClientRequestFields
  readonly SpoiltRequest: SpoiltRequest
  readonly TokenLife: TokenLife
  readonly TokensAtBackend: TokensAtBackend
}

/**
 * The name of a kind of input.
 *
 * @category model
 * @since 0.1.0
 */
export type LawInput = keyof LawInputs

/**
 * A token store's limits, and what is done to it, when.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokenLife {
  readonly limits: TokenLimits
  readonly events: ReadonlyArray<readonly [nowMs: number, event: TokenEvent]>
}

/**
 * One thing done to a token store.
 *
 * @category model
 * @since 0.1.0
 */
export type TokenEvent =
  | { readonly _tag: 'Consume'; readonly expected: HandoffToken; readonly presented: HandoffToken }
  | { readonly _tag: 'Expire' }
  | { readonly _tag: 'Issue'; readonly draws: Draws }
  | { readonly _tag: 'Revoke'; readonly token: HandoffToken }

/** A stream: its bytes, and the same cut into chunks. */
interface CutStream {
  readonly bytes: Uint8Array
  readonly chunks: ReadonlyArray<Uint8Array>
}

/**
 * What comes back for a handoff, or what comes to a backend with one.
 *
 * @category model
 * @since 0.1.0
 */
export interface AckStream extends CutStream {
  readonly subject: HandoffSubject
}

/**
 * What comes to a client that waits to take a connection over.
 *
 * @category model
 * @since 0.1.0
 */
export interface ReadyStream extends CutStream {
  readonly token: HandoffToken
}

/**
 * What comes back for a Hello.
 *
 * @category model
 * @since 0.1.0
 */
export interface ReplyStream extends CutStream {
  readonly expected: ReplyExpectation
}

/**
 * What a peer sends on one connection, and how it is cut.
 *
 * @category model
 * @since 0.1.0
 */
export interface CutExchange {
  readonly policy: Policy
  readonly came: HelloCame
  readonly chunks: ReadonlyArray<Uint8Array>
}

/**
 * A life in which the broker is written out and restored before the event at `cutAt`.
 *
 * @category model
 * @since 0.1.0
 */
export interface InterruptedLife extends BrokerLife {
  readonly cutAt: number
}

/**
 * A delivery that failed, and what had come back by then.
 *
 * @category model
 * @since 0.1.0
 */
export interface FailedDelivery {
  readonly subject: HandoffSubject
  readonly mayHaveArrived: boolean
  readonly answered: Uint8Array
}

/**
 * A handoff that the backend accepts, of whose ACK a part arrives (from 0 to 1), is looked at in time or
 * late, and is taken by the registry or not.
 *
 * @category model
 * @since 0.1.0
 */
export interface JoinedHandoff {
  readonly subject: HandoffSubject
  readonly arriving: number
  readonly observedMs: number
  readonly isTaken: boolean
}

/**
 * What becomes of the handoffs to some backends.
 *
 * @category model
 * @since 0.1.0
 */
export interface FailureLife {
  readonly limit: FailureLimit
  readonly events: ReadonlyArray<readonly [
    nowMs: number, event: { readonly what: 'Asked' | 'Failed' | 'Succeeded'; readonly backendKey: string },
  ]>
}

/**
 * Who comes to wait for a backend, and is taken.
 *
 * @category model
 * @since 0.1.0
 */
export interface QueueLife {
  readonly limits: PendingLimits
  readonly events: ReadonlyArray<readonly [nowMs: number, what: 'Dequeue' | 'Enqueue']>
}

/**
 * Durations of both ways to a backend, in milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface LatencySamples {
  readonly handoffMs: ReadonlyArray<number>
  readonly fallbackMs: ReadonlyArray<number>
}

/**
 * What a plan is asked, one after the other, each so many milliseconds after it may act.
 *
 * @category model
 * @since 0.1.0
 */
export interface Planning {
  readonly policy: PlanPolicy
  readonly events: ReadonlyArray<{ readonly happened: Happened; readonly draw: number; readonly laterMs: number }>
}

/**
 * A request, and which of its fields cannot be.
 *
 * @category model
 * @since 0.1.0
 */
export interface SpoiltRequest {
  readonly fields: ClientRequestFields
  readonly spoilt: ReadonlyArray<string>
}

/**
 * What happens to tokens at a backend.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokensAtBackend {
  readonly limits: AcceptanceLimits
  readonly events: ReadonlyArray<readonly [nowMs: number, event: TokenHappening]>
}
