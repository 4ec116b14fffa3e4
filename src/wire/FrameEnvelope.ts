/**
 * The envelopes of a request and of the response that answers it (SPEC F9).
 */
import { FrameKind } from './messages/enums.js'
import { type Frame, frame } from './messages/Frame.js'
import { PROTOCOL_VERSION } from './Limits.js'

/**
 * A request: kind REQUEST, request id 0, not compressed, no deadline, no trace (SPEC F9).
 *
 * @category constructors
 * @since 0.1.0
 */
export function requestFrame(payloadProtocol: number, payload: Uint8Array): Frame {
  return frame({ envelopeVersion: PROTOCOL_VERSION, payloadProtocol, payload })
}

/**
 * The response to a request: echoes its payload protocol, request id and trace headers (SPEC F9).
 *
 * @category constructors
 * @since 0.1.0
 */
export function responseTo(request: Frame, payload: Uint8Array): Frame {
  return frame({
    envelopeVersion: PROTOCOL_VERSION,
    kind: FrameKind.FRAME_KIND_RESPONSE,
    payloadProtocol: request.payloadProtocol,
    payload,
    requestId: request.requestId,
    traceparent: request.traceparent,
    tracestate: request.tracestate,
  })
}
