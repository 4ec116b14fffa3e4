/**
 * Handoffs, for fast-check: what comes back, sound or wrong in one place, and the lives of policies and queues.
 */
import fc from 'fast-check'
import { type HandoffToken, tokenBytes } from '../../../data/HandoffToken.js'
import type { HandoffSubject } from '../../../negotiate/HandoffAttempt.js'
import type { FailureLimit } from '../../../step/FailureWindows.js'
import type { AcceptanceLimits } from '../../../step/HandoffAcceptance.js'
import type { HandoffFacts } from '../../../step/HandoffPolicy.js'
import type { PendingLimits } from '../../../step/PendingHandoffs.js'
import { encodeFramed } from '../../../wire/Framing.js'
import { ackFrame, readyFrame } from '../../../wire/HandoffFrame.js'
import { encodeFrame, type Frame } from '../../../wire/messages/Frame.js'
import { handoffAck } from '../../../wire/messages/HandoffAck.js'
import { arbitraryChunkSizes, arbitraryMutation, cut } from '../../arbitrary/bytes.js'
import { arbitraryTimeline, arbitraryToken } from '../../arbitrary/draws.js'
import {
  arbitraryAckBytes, arbitraryHandoffSubject, arbitraryOfferBytes, arbitraryTokenHappening, type TokenHappening,
} from '../../arbitrary/handoff.js'
import type { Timeline } from '../live.js'
import type { LawArbitraries } from './LawArbitraries.js'

/**
 * The kinds of input of handoff and ownership laws.
 *
 * @category model
 * @since 0.1.0
 */
export interface HandoffInputs {
  readonly AckStream: AckStream
  readonly FailedDelivery: FailedDelivery
  readonly FailureLife: FailureLife
  readonly HandoffFacts: HandoffFacts
  readonly JoinedHandoff: JoinedHandoff
  readonly LatencySamples: LatencySamples
  readonly OfferStream: AckStream
  readonly QueueLife: QueueLife
  readonly ReadyStream: ReadyStream
  readonly TokensAtBackend: TokensAtBackend
}

/**
 * A stream: its bytes, and the same cut into chunks.
 *
 * @category model
 * @since 0.1.0
 */
export interface CutStream {
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
  readonly events: Timeline<{ readonly what: 'Asked' | 'Failed' | 'Succeeded'; readonly backendKey: string }>
}

/**
 * Who comes to wait for a backend, and is taken.
 *
 * @category model
 * @since 0.1.0
 */
export interface QueueLife {
  readonly limits: PendingLimits
  readonly events: Timeline<'Dequeue' | 'Enqueue'>
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
 * What happens to tokens at a backend.
 *
 * @category model
 * @since 0.1.0
 */
export interface TokensAtBackend {
  readonly limits: AcceptanceLimits
  readonly events: Timeline<TokenHappening>
}

/** @internal */
export const HANDOFF_INPUTS: LawArbitraries<HandoffInputs> = {
  AckStream: () => arbitraryHandoffSubject().chain((subject) => cutUp(arbitraryAckBytes(subject)).map((stream) => ({ subject, ...stream }))),
  FailedDelivery: () => fc.record({
    subject: arbitraryHandoffSubject(), mayHaveArrived: fc.boolean(), answered: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 3 })),
  }),
  FailureLife: () => fc.record({
    limit: fc.record({ maxFailures: fc.nat({ max: 3 }), windowMs: fc.constantFrom(0, 10, 20.5) }),
    events: steadily(fc.record({ what: fc.constantFrom('Asked', 'Failed', 'Failed', 'Succeeded'), backendKey: fc.constantFrom('a', 'b') })),
  }),
  HandoffFacts: () => fc.record({
    backendKey: fc.constantFrom('a', ''), isClientCapable: fc.boolean(), isServiceWilling: fc.boolean(), isUnderFdPressure: fc.boolean(),
    isBackendAdopted: fc.boolean(),
  }),
  JoinedHandoff: () => fc.record({
    subject: arbitraryHandoffSubject(), arriving: fc.constantFrom(0, 0.1, 0.5, 0.99, 1, 1), isTaken: fc.boolean(), observedMs: fc.constantFrom(1, 49.5, 50, 50.5, 900),
  }),
  LatencySamples: () => fc.record({ handoffMs: samples(), fallbackMs: samples() }),
  OfferStream: () => arbitraryHandoffSubject().chain((subject) => cutUp(arbitraryOfferBytes(subject)).map((stream) => ({ subject, ...stream }))),
  QueueLife: () => fc.record({
    limits: fc.record({ maxPending: fc.nat({ max: 3 }), ttlMs: fc.constantFrom(0, 10, 20.5) }),
    events: steadily(fc.constantFrom('Dequeue', 'Enqueue', 'Enqueue')),
  }),
  ReadyStream: () => arbitraryToken().chain((token) => cutUp(readyBytes(token)).map((stream) => ({ token, ...stream }))),
  TokensAtBackend: () => fc.record({
    limits: fc.record({ maxTokens: fc.nat({ max: 3 }), ttlMs: fc.constantFrom(0, 10, 1_000) }),
    events: arbitraryTimeline(arbitraryTokenHappening(), { maxLength: 30 }),
  }),
}

function cutUp(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<CutStream> {
  return fc.tuple(bytes, arbitraryChunkSizes()).map(([bytes, sizes]) => ({ bytes, chunks: cut(bytes, sizes) }))
}

/** Events of a clock that goes on, mostly by about a duration. */
function steadily<A>(event: fc.Arbitrary<A>): fc.Arbitrary<Timeline<A>> {
  return fc.array(fc.tuple(fc.constantFrom(0, 0.5, 1, 9.5, 10, 10.5, 20.5), event), { maxLength: 20 }).map((ticks) => {
    let clockMs = 0
    return ticks.map(([elapsedMs, event]) => [(clockMs += elapsedMs), event] as const)
  })
}

function samples(): fc.Arbitrary<ReadonlyArray<number>> {
  return fc.array(fc.constantFrom(0, 1, 1, 2, 2.5, 3, 40), { maxLength: 6 })
}

/** A ready frame with this token, or one that is wrong in some place; perhaps with more behind it. */
function readyBytes(token: HandoffToken): fc.Arbitrary<Uint8Array> {
  const sound = handoffAck({ token: tokenBytes(token), accepted: true, correlationId: 7n })
  const yes = framed(readyFrame(sound))
  const wrong = [
    framed(ackFrame(sound)), framed(readyFrame({ ...sound, accepted: false, errorDetail: 'busy' })),
    framed(readyFrame({ ...sound, token: new Uint8Array(16).fill(0x5a) })), framed(readyFrame({ ...sound, token: new Uint8Array(15) })),
    framed({ ...readyFrame(sound), payloadProtocol: 0 }), framed({ ...readyFrame(sound), payloadEncoding: 1 }),
    framed({ ...readyFrame(sound), envelopeVersion: 2 }), framed({ ...readyFrame(sound), payload: Uint8Array.of(0xff) }),
  ]
  const first = fc.oneof(
    { weight: 6, arbitrary: fc.constant(yes) },
    // Ids are not looked at (SPEC G10).
    { weight: 1, arbitrary: fc.constant(framed({ ...readyFrame({ ...sound, correlationId: 8n }), requestId: 9n })) },
    { weight: 4, arbitrary: fc.constantFrom(...wrong) },
    { weight: 2, arbitrary: arbitraryMutation(fc.constant(yes)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }) },
  )
  return fc.tuple(first, fc.uint8Array({ maxLength: 9 })).map(([bytes, behind]) => Uint8Array.of(...bytes, ...behind))
}

function framed(frame: Frame): Uint8Array {
  const whole = encodeFramed(encodeFrame(frame))
  return whole._tag === 'Right' ? whole.right : new Uint8Array(0)
}
