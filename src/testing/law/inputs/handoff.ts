/**
 * Handoffs, for fast-check: what comes back, sound or wrong in one place, and the lives of policies and queues.
 */
import fc from 'fast-check'
import { type HandoffToken, tokenBytes } from '../../../data/HandoffToken.js'
import { encodeFramed } from '../../../wire/Framing.js'
import { ackFrame, readyFrame } from '../../../wire/HandoffFrame.js'
import { encodeFrame, type Frame } from '../../../wire/messages/Frame.js'
import { handoffAck } from '../../../wire/messages/HandoffAck.js'
import { arbitraryChunkSizes, arbitraryMutation, cut } from '../../arbitrary/bytes.js'
import { arbitraryTimeline, arbitraryToken } from '../../arbitrary/draws.js'
import { arbitraryAckBytes, arbitraryHandoffSubject, arbitraryOfferBytes, arbitraryTokenHappening } from '../../arbitrary/handoff.js'
import type { LawInputs } from '../LawInputs.js'

type HandoffInput =
  | 'AckStream' | 'FailedDelivery' | 'FailureLife' | 'HandoffFacts' | 'JoinedHandoff' | 'LatencySamples' | 'OfferStream' | 'QueueLife'
  | 'ReadyStream' | 'TokensAtBackend'

/** @internal */
export const HANDOFF_INPUTS = {
  AckStream: arbitraryHandoffSubject().chain((subject) => cutUp(arbitraryAckBytes(subject)).map((stream) => ({ subject, ...stream }))),
  FailedDelivery: fc.record({
    subject: arbitraryHandoffSubject(), mayHaveArrived: fc.boolean(), answered: fc.oneof(fc.constant(new Uint8Array(0)), fc.uint8Array({ maxLength: 3 })),
  }),
  FailureLife: fc.record({
    limit: fc.record({ maxFailures: fc.nat({ max: 3 }), windowMs: fc.constantFrom(0, 10, 20.5) }),
    events: steadily(fc.record({ what: fc.constantFrom('Asked', 'Failed', 'Failed', 'Succeeded'), backendKey: fc.constantFrom('a', 'b') })),
  }),
  HandoffFacts: fc.record({
    backendKey: fc.constantFrom('a', ''), isClientCapable: fc.boolean(), isServiceWilling: fc.boolean(), isUnderFdPressure: fc.boolean(),
    isBackendAdopted: fc.boolean(),
  }),
  JoinedHandoff: fc.record({
    subject: arbitraryHandoffSubject(), arriving: fc.constantFrom(0, 0.1, 0.5, 0.99, 1, 1), isTaken: fc.boolean(), observedMs: fc.constantFrom(1, 49.5, 50, 50.5, 900),
  }),
  LatencySamples: fc.record({ handoffMs: samples(), fallbackMs: samples() }),
  OfferStream: arbitraryHandoffSubject().chain((subject) => cutUp(arbitraryOfferBytes(subject)).map((stream) => ({ subject, ...stream }))),
  QueueLife: fc.record({
    limits: fc.record({ maxPending: fc.nat({ max: 3 }), ttlMs: fc.constantFrom(0, 10, 20.5) }),
    events: steadily(fc.constantFrom('Dequeue', 'Enqueue', 'Enqueue')),
  }),
  ReadyStream: arbitraryToken().chain((token) => cutUp(readyBytes(token)).map((stream) => ({ token, ...stream }))),
  TokensAtBackend: fc.record({
    limits: fc.record({ maxTokens: fc.nat({ max: 3 }), ttlMs: fc.constantFrom(0, 10, 1_000) }),
    events: arbitraryTimeline(arbitraryTokenHappening(), { maxLength: 30 }),
  }),
} satisfies { readonly [K in HandoffInput]: fc.Arbitrary<LawInputs[K]> }

function cutUp(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<{ readonly bytes: Uint8Array; readonly chunks: ReadonlyArray<Uint8Array> }> {
  return fc.tuple(bytes, arbitraryChunkSizes()).map(([bytes, sizes]) => ({ bytes, chunks: cut(bytes, sizes) }))
}

/** Events of a clock that goes on, mostly by about a duration. */
function steadily<A>(event: fc.Arbitrary<A>): fc.Arbitrary<ReadonlyArray<readonly [nowMs: number, event: A]>> {
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
