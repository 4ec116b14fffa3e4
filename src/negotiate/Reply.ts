/**
 * An outcome as the bytes that answer a request (SPEC C3).
 *
 * **Laws**
 *  1. The answer is one whole frame: a response on the control plane, not compressed, no deadline,
 *     with the request's id and trace headers as they came, or 0 and empty where no frame was decoded.
 */
import { responseTo } from '../wire/FrameEnvelope.js'
import { EMPTY_FRAME, encodeFrame, type Frame } from '../wire/messages/Frame.js'
import { encodeHelloReply, type HelloReply } from '../wire/messages/HelloReply.js'
import { withHeader } from '../wire/Framing.js'
import { PAYLOAD_PROTOCOL_CONTROL } from '../wire/Limits.js'
import type { Outcome } from './negotiate.js'

/**
 * The reply that tells an outcome.
 *
 * @category encodings
 * @since 0.1.0
 */
export function helloReply(outcome: Outcome): HelloReply {
  return outcome._tag === 'Negotiated'
    ? { result: { _tag: 'Negotiated', negotiated: outcome.reply } }
    : { result: { _tag: 'Refused', refused: outcome.reply } }
}

/**
 * The framed answer to `request`, or to bytes that were no frame at all (SPEC C3).
 *
 * @category encodings
 * @since 0.1.0
 */
export function encodeReply(outcome: Outcome, request: Frame = EMPTY_FRAME): Uint8Array {
  const answer = responseTo(request, encodeHelloReply(helloReply(outcome)))
  // A request on another payload protocol is answered on the control plane all the same.
  const response = { ...answer, payloadProtocol: PAYLOAD_PROTOCOL_CONTROL }
  // Within the cap: a request's headers came in 64 KiB, and a policy's texts are bounded by `Policy`.
  return withHeader(encodeFrame(response))
}
