/**
 * What the envelope of each handoff frame must be, and the words for one that is not (SPEC X2).
 *
 * **Laws**
 *  1. The first failing check is reported: Frame, version, kind, payload protocol, encoding.
 *
 * **Not here** what is in the frames: `OfferReader`, `AckReader`.
 * **Contract** order and texts are frozen.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { type DecodeError, describeDecodeError } from '../wire/DecodeError.js'
import { FrameKind } from '../wire/messages/enums.js'
import { decodeFrame, type Frame } from '../wire/messages/Frame.js'
import { PAYLOAD_PROTOCOL_HANDOFF } from '../wire/Limits.js'
import { checkEnvelope, type EnvelopeError, type ExpectedEnvelope } from './Envelope.js'

/**
 * Why a frame's body is no handoff frame, or none of the kind expected; also why its payload is no message.
 *
 * @category model
 * @since 0.1.0
 */
export type HandoffFrameError = DecodeError | EnvelopeError

/**
 * A broker's offer: a request (SPEC X1).
 *
 * @category constants
 * @since 0.1.0
 */
export const OFFER_ENVELOPE: ExpectedEnvelope = handoffEnvelope(FrameKind.FRAME_KIND_REQUEST)

/**
 * A backend's ACK: a response (SPEC X1).
 *
 * @category constants
 * @since 0.1.0
 */
export const ACK_ENVELOPE: ExpectedEnvelope = handoffEnvelope(FrameKind.FRAME_KIND_RESPONSE)

/**
 * The ACK relayed to the client: an event (SPEC X1).
 *
 * @category constants
 * @since 0.1.0
 */
export const READY_ENVELOPE: ExpectedEnvelope = handoffEnvelope(FrameKind.FRAME_KIND_EVENT)

/**
 * Reads a handoff frame of the kind expected from the body of a frame (SPEC X2).
 *
 * @category encodings
 * @since 0.1.0
 */
export function readHandoffFrame(body: Uint8Array, expected: ExpectedEnvelope): Either<HandoffFrameError, Frame> {
  const frame = decodeFrame(body)
  return frame._tag === 'Left' ? frame : checkEnvelope(frame.right, expected)
}

/**
 * The error in the reference's words (SPEC X2).
 *
 * @example
 * import assert from 'node:assert'
 * import { HandoffEnvelope } from 'hello-negotiation/step'
 * import { encodeFrame, requestFrame } from 'hello-negotiation/wire'
 *
 * const request = encodeFrame(requestFrame(0xd0ff, new Uint8Array(0)))
 * const read = HandoffEnvelope.readHandoffFrame(request, HandoffEnvelope.ACK_ENVELOPE)
 * assert.equal(read._tag === 'Left' && HandoffEnvelope.describeHandoffFrameError(read.left), 'kind is not RESPONSE')
 *
 * @category queries
 * @since 0.1.0
 */
export function describeHandoffFrameError(error: HandoffFrameError): string {
  switch (error._tag) {
    case 'DecodeError':
      return describeDecodeError(error)
    case 'UnsupportedEnvelopeVersion':
      return 'envelope_version is not v1'
    case 'UnexpectedFrameKind':
      return `kind is not ${KIND_NAMES[error.expected] ?? error.expected}`
    case 'UnexpectedPayloadProtocol':
      return 'payload_protocol is not handoff'
    case 'CompressedPayload':
      return 'payload is compressed'
    default:
      return absurd(error)
  }
}

/** By their numbers on the wire. */
const KIND_NAMES = ['REQUEST', 'RESPONSE', 'EVENT', 'CANCEL']

function handoffEnvelope(kind: number): ExpectedEnvelope {
  return Object.freeze({ kind, payloadProtocol: PAYLOAD_PROTOCOL_HANDOFF })
}
