/**
 * Offers and ACKs that are wrong in one place, for fast-check.
 */
import fc from 'fast-check'
import { type HandoffToken, tokenBytes } from '../../data/HandoffToken.js'
import type { HandoffSubject } from '../../negotiate/HandoffAttempt.js'
import type { AckFault, Offered } from '../../step/AckReader.js'
import type { ExpectedEnvelope } from '../../step/Envelope.js'
import { ACK_ENVELOPE, type HandoffFrameError, OFFER_ENVELOPE } from '../../step/HandoffEnvelope.js'
import type { OfferError } from '../../step/OfferReader.js'
import { ackFrame, offerFrame } from '../../wire/HandoffFrame.js'
import { encodeFrame, type Frame } from '../../wire/messages/Frame.js'
import { type HandoffAck, handoffAck } from '../../wire/messages/HandoffAck.js'
import { handoffOffer } from '../../wire/messages/HandoffOffer.js'
import { arbitraryText } from './bytes.js'
import { arbitraryNearlyToken } from './draws.js'
import { arbitraryNearlyEnvelope } from './envelopes.js'
import { arbitraryMalformed } from './malformed.js'
import type { Nearly } from './Nearly.js'

/**
 * The body of a frame that is this subject's offer but for one thing (SPEC X2, X3).
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyOffer(subject: HandoffSubject): fc.Arbitrary<Nearly<Uint8Array, OfferError>> {
  const { token, connectionId: correlationId, handleValue, serviceName } = subject
  const sound = offerFrame(handoffOffer({ handleValue, serviceName, correlationId, token: tokenBytes(token) }))
  return fc.oneof(
    arbitraryNearlyHandoffBody(sound, OFFER_ENVELOPE, 'HandoffOffer'),
    otherId(correlationId).map((requestId): Nearly<Uint8Array, OfferError> => ({
      off: 'request id',
      value: encodeFrame({ ...sound, requestId }),
      error: { _tag: 'OfferRequestIdMismatch', actual: requestId, expected: correlationId },
    })),
  )
}

/**
 * The body of a frame, and when it came, in milliseconds.
 *
 * @category model
 * @since 0.1.0
 */
export interface ObservedBody {
  readonly body: Uint8Array
  readonly observedMs: number
}

/**
 * What would be the ACK that was waited for, but for one thing (SPEC X2, X5).
 *
 * @example
 * import assert from 'node:assert'
 * import fc from 'fast-check'
 * import { AckReader } from 'hello-negotiation/step'
 * import { arbitraryNearlyAck, TOKEN_POOL } from 'hello-negotiation/testing'
 *
 * const token = TOKEN_POOL[0]
 * if (token === undefined) throw new Error('the pool holds tokens')
 * const offered = { token, correlationId: 7n, deadlineMs: 5_000 }
 * fc.assert(fc.property(arbitraryNearlyAck(offered), ({ value: { body, observedMs }, error }) => {
 *   assert.deepEqual(AckReader.judgeAck(offered, body, observedMs), { _tag: 'Left', left: error })
 * }))
 *
 * @category arbitraries
 * @since 0.1.0
 */
export function arbitraryNearlyAck(offered: Offered): fc.Arbitrary<Nearly<ObservedBody, AckFault>> {
  const { token, correlationId, deadlineMs } = offered
  const sound = handoffAck({ token: tokenBytes(token), accepted: true, correlationId })
  const changed = (fields: Partial<HandoffAck>): Frame => ({ ...ackFrame({ ...sound, ...fields }), requestId: correlationId })
  const spoilt = fc.oneof(
    arbitraryNearlyHandoffBody(ackFrame(sound), ACK_ENVELOPE, 'HandoffAck'),
    otherId(correlationId).map((requestId): Nearly<Uint8Array, AckFault> => ({
      off: 'request id',
      value: encodeFrame({ ...ackFrame(sound), requestId }),
      error: { _tag: 'AckRequestIdMismatch', actual: requestId, expected: correlationId },
    })),
    otherId(correlationId).map((actual): Nearly<Uint8Array, AckFault> => ({
      off: 'correlation id',
      value: encodeFrame(changed({ correlationId: actual })),
      error: { _tag: 'AckCorrelationMismatch', actual, expected: correlationId },
    })),
    otherToken(token).map((token): Nearly<Uint8Array, AckFault> =>
      ({ off: 'token', value: encodeFrame(changed({ token })), error: { _tag: 'AckTokenMismatch' } })),
    arbitraryText().map((detail): Nearly<Uint8Array, AckFault> => ({
      off: 'a no',
      value: encodeFrame(changed({ accepted: false, errorDetail: detail })),
      error: { _tag: 'BackendRefused', detail },
    })),
  )
  const late = fc.constantFrom(0.5, 1, 1_000).map((byMs): Nearly<ObservedBody, AckFault> => ({
    off: 'time',
    value: { body: encodeFrame(ackFrame(sound)), observedMs: deadlineMs + byMs },
    error: { _tag: 'AckTooLate', observedMs: deadlineMs + byMs, deadlineMs },
  }))
  // At the very deadline an ACK is still in time (SPEC X5).
  const inTime = spoilt.map(({ off, value: body, error }): Nearly<ObservedBody, AckFault> =>
    ({ off, value: { body, observedMs: deadlineMs }, error }))
  return fc.oneof({ arbitrary: inTime, weight: 9 }, { arbitrary: late, weight: 1 })
}

/** What offers and ACKs can both be wrong in: the Frame, its envelope, the message in it. */
function arbitraryNearlyHandoffBody(
  sound: Frame, expected: ExpectedEnvelope, payload: 'HandoffAck' | 'HandoffOffer',
): fc.Arbitrary<Nearly<Uint8Array, HandoffFrameError>> {
  return fc.oneof(
    arbitraryMalformed('Frame').map(({ value, error }) => ({ off: 'Frame', value, error })),
    arbitraryNearlyEnvelope(sound, expected).map(({ off, value, error }) => ({ off, value: encodeFrame(value), error })),
    arbitraryMalformed(payload)
      .map(({ value, error }) => ({ off: payload, value: encodeFrame({ ...sound, payload: value }), error })),
  )
}

function otherId(id: bigint): fc.Arbitrary<bigint> {
  return fc.constantFrom(id ^ 1n, id ^ (1n << 32n), id ^ (1n << 63n))
}

/** One bit of it changed, at either end, or of another length. */
function otherToken(token: HandoffToken): fc.Arbitrary<Uint8Array> {
  const flipped = (at: number): Uint8Array => tokenBytes(token).map((byte, i) => (i === at ? byte ^ 1 : byte))
  return fc.oneof(fc.constantFrom(0, 15).map(flipped), arbitraryNearlyToken().map(({ value }) => value))
}
