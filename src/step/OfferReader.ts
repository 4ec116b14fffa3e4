/**
 * What a backend reads of an offer: the body of one frame, as an offer or a reason why not (SPEC X3).
 *
 * **Laws**
 *  1. Any bytes give an offer or a tagged error; the first failing check is reported: Frame, envelope,
 *     payload, request id.
 *
 * **Not here** service name, handle and token: nothing here looks at them (SPEC X3). `HandoffAcceptance`
 * judges the token.
 * **Contract** order and texts are frozen.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { decodeHandoffOffer, type HandoffOffer } from '../wire/messages/HandoffOffer.js'
import { describeHandoffFrameError, type HandoffFrameError, OFFER_ENVELOPE, readHandoffFrame } from './HandoffEnvelope.js'

/**
 * Why a frame's body is no offer.
 *
 * @category model
 * @since 0.1.0
 */
export type OfferError = HandoffFrameError | OfferRequestIdMismatch

/**
 * The frame's request id, `actual`, is not the offer's correlation id, `expected`.
 *
 * @category model
 * @since 0.1.0
 */
export interface OfferRequestIdMismatch {
  readonly _tag: 'OfferRequestIdMismatch'
  readonly actual: bigint
  readonly expected: bigint
}

/**
 * Reads an offer from the body of a frame (SPEC X3).
 *
 * @example
 * import assert from 'node:assert'
 * import { OfferReader } from 'hello-negotiation/step'
 * import { encodeFrame, handoffOffer, offerFrame } from 'hello-negotiation/wire'
 *
 * const offer = handoffOffer({ serviceName: 'zccache', correlationId: 7n })
 * const astray = { ...offerFrame(offer), requestId: 8n }
 * assert.deepEqual(OfferReader.readOffer(encodeFrame(offerFrame(offer))), { _tag: 'Right', right: offer })
 * assert.deepEqual(OfferReader.readOffer(encodeFrame(astray)), {
 *   _tag: 'Left', left: { _tag: 'OfferRequestIdMismatch', actual: 8n, expected: 7n },
 * })
 *
 * @category encodings
 * @since 0.1.0
 */
export function readOffer(body: Uint8Array): Either<OfferError, HandoffOffer> {
  const frame = readHandoffFrame(body, OFFER_ENVELOPE)
  if (frame._tag === 'Left') return frame
  const offer = decodeHandoffOffer(frame.right.payload)
  if (offer._tag === 'Left') return offer
  const { requestId } = frame.right
  const { correlationId } = offer.right
  return requestId === correlationId
    ? offer
    : E.left({ _tag: 'OfferRequestIdMismatch', actual: requestId, expected: correlationId })
}

/**
 * The error in the reference's words (SPEC X2, X3).
 *
 * @category queries
 * @since 0.1.0
 */
export function describeOfferError(error: OfferError): string {
  switch (error._tag) {
    case 'OfferRequestIdMismatch':
      return 'frame request_id does not match HandoffOffer correlation_id'
    case 'CompressedPayload':
    case 'DecodeError':
    case 'UnexpectedFrameKind':
    case 'UnexpectedPayloadProtocol':
    case 'UnsupportedEnvelopeVersion':
      return describeHandoffFrameError(error)
    default:
      return absurd(error)
  }
}
