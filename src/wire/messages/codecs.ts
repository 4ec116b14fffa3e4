// Generated from proto/broker_v1.proto by proto/generate.mjs: change those, not this.
import type { Either } from 'fp-ts/lib/Either.js'
import type { DecodeError } from '../DecodeError.js'
import { decodeFrame, encodeFrame, type Frame } from './Frame.js'
import { decodeHello, encodeHello, type Hello } from './Hello.js'
import { decodeNegotiated, encodeNegotiated, type Negotiated } from './Negotiated.js'
import { decodeRefused, encodeRefused, type Refused } from './Refused.js'
import { decodeHelloReply, encodeHelloReply, type HelloReply } from './HelloReply.js'
import { decodeHandoffOffer, encodeHandoffOffer, type HandoffOffer } from './HandoffOffer.js'
import { decodeHandoffAck, encodeHandoffAck, type HandoffAck } from './HandoffAck.js'
import { decodeServiceDefinition, encodeServiceDefinition, type ServiceDefinition } from './ServiceDefinition.js'

/**
 * Both halves of a message's codec.
 *
 * @category model
 * @since 0.1.0
 */
export interface Codec<A> {
  readonly decode: (bytes: Uint8Array) => Either<DecodeError, A>
  readonly encode: (message: A) => Uint8Array
}

/**
 * The codec of each message, by its name.
 *
 * @category constants
 * @since 0.1.0
 */
export const CODECS: {
  readonly Frame: Codec<Frame>
  readonly Hello: Codec<Hello>
  readonly Negotiated: Codec<Negotiated>
  readonly Refused: Codec<Refused>
  readonly HelloReply: Codec<HelloReply>
  readonly HandoffOffer: Codec<HandoffOffer>
  readonly HandoffAck: Codec<HandoffAck>
  readonly ServiceDefinition: Codec<ServiceDefinition>
} = {
  Frame: { decode: decodeFrame, encode: encodeFrame },
  Hello: { decode: decodeHello, encode: encodeHello },
  Negotiated: { decode: decodeNegotiated, encode: encodeNegotiated },
  Refused: { decode: decodeRefused, encode: encodeRefused },
  HelloReply: { decode: decodeHelloReply, encode: encodeHelloReply },
  HandoffOffer: { decode: decodeHandoffOffer, encode: encodeHandoffOffer },
  HandoffAck: { decode: decodeHandoffAck, encode: encodeHandoffAck },
  ServiceDefinition: { decode: decodeServiceDefinition, encode: encodeServiceDefinition },
}
