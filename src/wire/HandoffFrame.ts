/**
 * The three frames of a handoff: the broker's offer, the backend's ACK, and the broker's word to the
 * client that its stream is ready (SPEC X1).
 *
 * **Laws**
 *  1. A frame's request id is the correlation id of the message in it.
 *  2. No trace, no deadline, no compression: a handoff stays on one machine and is over at once.
 *
 * **Not here** bytes: `encodeFrame` and `encodeFramed` make them.
 * **Contract** kinds and payload protocol are frozen.
 */
import { FrameKind } from './messages/enums.js'
import { type Frame, frame } from './messages/Frame.js'
import { encodeHandoffAck, type HandoffAck } from './messages/HandoffAck.js'
import { encodeHandoffOffer, type HandoffOffer } from './messages/HandoffOffer.js'
import { PAYLOAD_PROTOCOL_HANDOFF, PROTOCOL_VERSION } from './Limits.js'

/**
 * The request that offers a backend an open stream (SPEC X1).
 *
 * @example
 * import assert from 'node:assert'
 * import { handoffOffer, offerFrame } from 'hello-negotiation/wire'
 *
 * const { kind, payloadProtocol, requestId } = offerFrame(handoffOffer({ correlationId: 7n }))
 * assert.deepEqual([kind, payloadProtocol, requestId], [0, 0xd0ff, 7n])
 *
 * @category constructors
 * @since 0.1.0
 */
export function offerFrame(offer: HandoffOffer): Frame {
  return handoffFrame(FrameKind.FRAME_KIND_REQUEST, encodeHandoffOffer(offer), offer.correlationId)
}

/**
 * The response in which a backend takes or declines what it was offered (SPEC X1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function ackFrame(ack: HandoffAck): Frame {
  return handoffFrame(FrameKind.FRAME_KIND_RESPONSE, encodeHandoffAck(ack), ack.correlationId)
}

/**
 * The event that relays a backend's ACK to the client: from here on it talks to the backend (SPEC X1).
 *
 * @category constructors
 * @since 0.1.0
 */
export function readyFrame(ack: HandoffAck): Frame {
  return handoffFrame(FrameKind.FRAME_KIND_EVENT, encodeHandoffAck(ack), ack.correlationId)
}

function handoffFrame(kind: number, payload: Uint8Array, requestId: bigint): Frame {
  return frame({ envelopeVersion: PROTOCOL_VERSION, kind, payloadProtocol: PAYLOAD_PROTOCOL_HANDOFF, payload, requestId })
}
