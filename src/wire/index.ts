/**
 * The wire floor: bytes to values and back. Exported as `hello-negotiation/wire`.
 *
 * @example
 * import assert from 'node:assert'
 * import { decodeFrame, encodeFrame, requestFrame } from 'hello-negotiation/wire'
 *
 * const frame = requestFrame(0, Uint8Array.of(1, 2, 3))
 * const decoded = decodeFrame(encodeFrame(frame))
 * assert.deepEqual(decoded, { _tag: 'Right', right: frame })
 */
export { type DecodeError, type DecodeFault, describeDecodeError, wireTypeName, type WrongWireType } from './DecodeError.js'
export * from './FrameEnvelope.js'
export * as Framing from './Framing.js'
export {
  type BodyTooLarge, describeFramingError, encodeFramed, type FrameBody, type FramingError, type FramingEvent,
  type FramingFailed, type NeedData, type UnexpectedEnd, type UnsupportedFraming,
} from './Framing.js'
export * from './HandoffFrame.js'
export * from './Limits.js'
export { type Codec, CODECS } from './messages/codecs.js'
export * from './messages/enums.js'
export { decodeFrame, EMPTY_FRAME, encodeFrame, type Frame, frame } from './messages/Frame.js'
export { decodeHandoffAck, EMPTY_HANDOFF_ACK, encodeHandoffAck, type HandoffAck, handoffAck } from './messages/HandoffAck.js'
export {
  decodeHandoffOffer, EMPTY_HANDOFF_OFFER, encodeHandoffOffer, type HandoffOffer, handoffOffer,
} from './messages/HandoffOffer.js'
export { decodeHello, EMPTY_HELLO, encodeHello, type Hello, hello } from './messages/Hello.js'
export { decodeHelloReply, EMPTY_HELLO_REPLY, encodeHelloReply, type HelloReply } from './messages/HelloReply.js'
export { decodeNegotiated, EMPTY_NEGOTIATED, encodeNegotiated, type Negotiated, negotiated } from './messages/Negotiated.js'
export { decodeRefused, EMPTY_REFUSED, encodeRefused, type Refused, refused } from './messages/Refused.js'
export { type FieldSchema, type MessageName, SCHEMA } from './messages/schema.js'
export {
  decodeServiceDefinition, EMPTY_SERVICE_DEFINITION, encodeServiceDefinition, type ServiceDefinition, serviceDefinition,
} from './messages/ServiceDefinition.js'
export * from './PayloadProtocol.js'
export type { Allocate } from './ReplyFrame.js'
