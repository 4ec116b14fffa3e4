/**
 * What a broker answered: the body of one frame, as a yes, a no, or neither (SPEC G5).
 *
 * **Laws**
 *  1. Any bytes give a result or a tagged error.
 *
 * **Not here** reading the frame (`Framing`), and judging whether a yes answers what was asked (`ClientOutcome`).
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Either } from 'fp-ts/lib/Either.js'
import { absurd } from '../data/absurd.js'
import { checkEnvelope, type EnvelopeError, type ExpectedEnvelope } from '../step/Envelope.js'
import { type DecodeError, describeDecodeError } from '../wire/DecodeError.js'
import { PAYLOAD_PROTOCOL_CONTROL } from '../wire/Limits.js'
import { FrameKind } from '../wire/messages/enums.js'
import { decodeFrame, type Frame } from '../wire/messages/Frame.js'
import { decodeHelloReply, type HelloReply } from '../wire/messages/HelloReply.js'

/**
 * A yes or a no.
 *
 * @category model
 * @since 0.1.0
 */
export type ReplyResult = Exclude<HelloReply['result'], { readonly _tag: 'Missing' }>

/**
 * Why a frame's body is no reply.
 *
 * @category model
 * @since 0.1.0
 */
export type ReplyError = DecodeError | EnvelopeError | { readonly _tag: 'MissingResult' }

const REPLY_ENVELOPE: ExpectedEnvelope = Object.freeze({
  kind: FrameKind.FRAME_KIND_RESPONSE,
  payloadProtocol: PAYLOAD_PROTOCOL_CONTROL,
})

/**
 * Reads a reply from the body of a frame (SPEC G5).
 *
 * @category encodings
 * @since 0.1.0
 */
export function readReply(body: Uint8Array): Either<ReplyError, ReplyResult> {
  const frame = readReplyFrame(body)
  return frame._tag === 'Left' ? frame : readResult(frame.right)
}

/** @internal The first half of it: the frame, if its envelope is a reply's. */
export function readReplyFrame(body: Uint8Array): Either<DecodeError | EnvelopeError, Frame> {
  const frame = decodeFrame(body)
  return frame._tag === 'Left' ? frame : checkEnvelope(frame.right, REPLY_ENVELOPE)
}

/** @internal The second half: the yes or the no in such a frame. */
export function readResult({ payload }: Frame): Either<ReplyError, ReplyResult> {
  const reply = decodeHelloReply(payload)
  if (reply._tag === 'Left') return reply
  const { result } = reply.right
  return result._tag === 'Missing' ? E.left({ _tag: 'MissingResult' }) : E.right(result)
}

/**
 * Why a frame's body is no reply, on one line.
 *
 * @category queries
 * @since 0.1.0
 */
export function describeReplyError(error: ReplyError): string {
  switch (error._tag) {
    case 'DecodeError':
      return describeDecodeError(error)
    case 'UnsupportedEnvelopeVersion':
      return `envelope_version is not v1: found ${error.actual}`
    case 'UnexpectedFrameKind':
      return `kind is not RESPONSE: found ${error.actual}`
    case 'UnexpectedPayloadProtocol':
      return `payload_protocol is not control-plane: found ${error.actual}`
    case 'CompressedPayload':
      return `payload is compressed: encoding ${error.actual}`
    case 'MissingResult':
      return 'the reply says neither yes nor no'
    default:
      return absurd(error)
  }
}
